"""Every transaction that changes terms, referral rules or windows leaves a row that says so."""

from django.db import migrations, models

TABLES = (
    "contracts_agreement",
    "contracts_agreement_buyers",
    "contracts_agreement_usable_by",
    "contracts_lot",
    "contracts_lot_cares",
    "contracts_adoption",
    "contracts_party_members",
    "contracts_cap",
    "contracts_priceline",
    "contracts_regionquota",
    "contracts_releasepolicy",
    "contracts_referralrule",
    "contracts_rulecompleteness",
    "providers_seriousevent",
)
COUNTED = """
CREATE FUNCTION terms_have_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- A row for each transaction: nobody who changes terms waits for anybody else who does.
    INSERT INTO contracts_termschange (transaction, many, total)
    VALUES (pg_current_xact_id()::text::bigint, 1, pg_current_xact_id()::text::numeric)
    ON CONFLICT (transaction) DO NOTHING;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION terms_have_changed IS
    'Tells those who keep terms, rules and windows in memory that they are to be read anew.';
REVOKE ALL ON FUNCTION terms_have_changed() FROM PUBLIC;

CREATE FUNCTION fold_terms_changes() RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH old AS (
        DELETE FROM contracts_termschange
         WHERE transaction <> 0
           AND transaction < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
        RETURNING many, total),
    kept AS (
        UPDATE contracts_termschange
           SET many = many + (SELECT coalesce(sum(many), 0) FROM old),
               total = total + (SELECT coalesce(sum(total), 0) FROM old)
         WHERE transaction = 0)
    SELECT count(*) FROM old
$$;
COMMENT ON FUNCTION fold_terms_changes IS
    'Puts the rows of transactions that everybody sees into one; number and sum stay as they are.';
REVOKE INSERT, UPDATE, DELETE ON contracts_termschange FROM vardbryggan_app;
INSERT INTO contracts_termschange VALUES (0, 1, 0);
""" + "".join(
    f"CREATE TRIGGER terms_have_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION terms_have_changed();\n"
    for table in TABLES
)
UNDO = "".join(f"DROP TRIGGER terms_have_changed ON {table};\n" for table in TABLES) + (
    "DROP FUNCTION terms_have_changed(); DROP FUNCTION fold_terms_changes();"
)


class Migration(migrations.Migration):
    """The table, and a trigger on everything that terms, rules and windows are read from."""

    dependencies = [
        ("contracts", "0012_quotas_count_on"),
        ("providers", "0018_what_lapses_is_noted_too"),
    ]

    operations = [
        migrations.CreateModel(
            name="TermsChange",
            fields=[
                ("transaction", models.BigIntegerField(primary_key=True, serialize=False)),
                ("many", models.BigIntegerField(default=1)),
                ("total", models.DecimalField(decimal_places=0, max_digits=40)),
            ],
        ),
        migrations.RunSQL(COUNTED, UNDO),
    ]
