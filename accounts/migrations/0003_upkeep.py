"""Old outcomes are removed across principals by one narrow function."""

from django.db import migrations

FORGET = """
CREATE FUNCTION forget_outcomes(p_before timestamptz) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH gone AS (
        DELETE FROM accounts_outcome
        WHERE created_at < least(p_before, clock_timestamp() - interval '1 day') RETURNING 1
    ) SELECT count(*)::integer FROM gone;
$$;
"""


class Migration(migrations.Migration):
    """Upkeep functions of accounts."""

    dependencies = [("accounts", "0002_row_security")]

    operations = [
        migrations.RunSQL(FORGET, "DROP FUNCTION forget_outcomes(timestamptz);"),
    ]
