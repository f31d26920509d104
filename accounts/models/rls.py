"""Row-level security as migration operations: one policy shape for the whole need plane."""

from django.db.migrations import RunSQL

FUNCTIONS = RunSQL(
    """
    CREATE FUNCTION app_actor() RETURNS uuid LANGUAGE sql STABLE AS
        $$ SELECT nullif(current_setting('app.actor', true), '')::uuid $$;
    CREATE FUNCTION app_tenants() RETURNS uuid[] LANGUAGE sql STABLE AS
        $$ SELECT string_to_array(coalesce(current_setting('app.tenants', true), ''), ',')::uuid[] $$;
    """,
    "DROP FUNCTION app_actor(); DROP FUNCTION app_tenants();",
)

MINE = (
    "(tenant_id = ANY((SELECT app_tenants())::uuid[])"
    " OR addressed_to_id = ANY((SELECT app_tenants())::uuid[])"
    " OR subject_id = (SELECT app_actor()))"
)
"""The responsible tenant, the tenant it was addressed to, or the patient who is the actor."""


def need_plane(table: str) -> RunSQL:
    """Rows of the table are seen and written only by those whom `MINE` names."""
    return RunSQL(
        f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        CREATE POLICY need_plane ON {table} USING {MINE} WITH CHECK {MINE};
        """,
        f"DROP POLICY need_plane ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;",
    )


def capacity_plane(table: str, owner: str) -> RunSQL:
    """Anyone reads; only a tenant for which the SQL condition `owner` holds writes."""
    return RunSQL(
        f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        CREATE POLICY public_read ON {table} FOR SELECT USING (true);
        CREATE POLICY owner_insert ON {table} FOR INSERT WITH CHECK ({owner});
        CREATE POLICY owner_update ON {table} FOR UPDATE USING ({owner}) WITH CHECK ({owner});
        CREATE POLICY owner_delete ON {table} FOR DELETE USING ({owner});
        """,
        f"""
        DROP POLICY public_read ON {table}; DROP POLICY owner_insert ON {table};
        DROP POLICY owner_update ON {table}; DROP POLICY owner_delete ON {table};
        ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;
        """,
    )


def append_only(table: str) -> RunSQL:
    """The application role may add and read rows of the table, never change or remove them."""
    return RunSQL(
        f"REVOKE UPDATE, DELETE ON {table} FROM vardbryggan_app;",
        f"GRANT UPDATE, DELETE ON {table} TO vardbryggan_app;",
    )


def granted(role: str, privileges: str, table: str) -> RunSQL:
    """Grant a role more than the default privileges give it."""
    return RunSQL(
        f"GRANT {privileges} ON {table} TO {role};", f"REVOKE {privileges} ON {table} FROM {role};"
    )
