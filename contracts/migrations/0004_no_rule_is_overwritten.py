"""No rule is overwritten or deleted, two of one scope never hold on one day, and each region writes its own."""

from django.db import migrations

OWN_REGION = """(tenant_id = ANY((SELECT app_tenants())::uuid[])
    AND EXISTS (SELECT 1 FROM providers_region r WHERE r.code = region_id AND r.tenant_id = {table}.tenant_id))"""
COLUMNS = {
    "contracts_referralrule": "valid_to, ended_at, ended_by_id, checked, confirmed_on, confirmed_by_id",
    "contracts_rulecompleteness": "complete_to, ended_at, ended_by_id",
}
PROTECT = """
DROP POLICY owner_insert ON {table};
DROP POLICY owner_update ON {table};
DROP POLICY owner_delete ON {table};
CREATE POLICY owner_insert ON {table} FOR INSERT WITH CHECK {own};
CREATE POLICY owner_update ON {table} FOR UPDATE USING {own} WITH CHECK {own};
REVOKE UPDATE, DELETE ON {table} FROM vardbryggan_app;
GRANT UPDATE ({columns}) ON {table} TO vardbryggan_app;
"""
UNPROTECT = """
REVOKE UPDATE ({columns}) ON {table} FROM vardbryggan_app;
GRANT UPDATE, DELETE ON {table} TO vardbryggan_app;
CREATE POLICY owner_delete ON {table} FOR DELETE USING {own};
"""
# The scope is a hash in a range of one number, because a range is what this index compares without an
# extension; half of the hash leaves room for the range's open end.
GUARDS = """
ALTER TABLE contracts_referralrule ADD CONSTRAINT one_rule_per_scope_and_day EXCLUDE USING gist (
    int8range(
        hashtextextended(region_id || '/' || care_id || '/' || form || '/' || regime || '/' || site
            || '/' || coalesce(age_min::text, '') || '-' || coalesce(age_max::text, ''), 0) / 2,
        hashtextextended(region_id || '/' || care_id || '/' || form || '/' || regime || '/' || site
            || '/' || coalesce(age_min::text, '') || '-' || coalesce(age_max::text, ''), 0) / 2,
        '[]') WITH &&,
    daterange(valid_from, valid_to + 1, '[)') WITH &&);
ALTER TABLE contracts_rulecompleteness ADD CONSTRAINT one_declaration_per_region_and_day EXCLUDE USING gist (
    int8range(region_id::bigint, region_id::bigint, '[]') WITH &&,
    daterange(complete_from, complete_to + 1, '[)') WITH &&);

CREATE FUNCTION rule_keeps_its_last_day() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.valid_to IS NOT NULL AND (NEW.valid_to, NEW.ended_at, NEW.ended_by_id)
            IS DISTINCT FROM (OLD.valid_to, OLD.ended_at, OLD.ended_by_id) THEN
        RAISE EXCEPTION 'an ended rule keeps its last day' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.checked < OLD.checked OR NEW.confirmed_on < OLD.confirmed_on OR (
            OLD.confirmed_on IS NOT NULL AND NEW.confirmed_on IS NULL) THEN
        RAISE EXCEPTION 'a confirmation is not taken back' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rule_keeps_its_last_day BEFORE UPDATE ON contracts_referralrule
    FOR EACH ROW EXECUTE FUNCTION rule_keeps_its_last_day();
CREATE FUNCTION declaration_keeps_its_last_day() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.complete_to IS NOT NULL AND (NEW.complete_to, NEW.ended_at, NEW.ended_by_id)
            IS DISTINCT FROM (OLD.complete_to, OLD.ended_at, OLD.ended_by_id) THEN
        RAISE EXCEPTION 'an ended declaration keeps its last day' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER declaration_keeps_its_last_day BEFORE UPDATE ON contracts_rulecompleteness
    FOR EACH ROW EXECUTE FUNCTION declaration_keeps_its_last_day();
"""
UNGUARD = """
ALTER TABLE contracts_referralrule DROP CONSTRAINT one_rule_per_scope_and_day;
ALTER TABLE contracts_rulecompleteness DROP CONSTRAINT one_declaration_per_region_and_day;
DROP TRIGGER rule_keeps_its_last_day ON contracts_referralrule;
DROP FUNCTION rule_keeps_its_last_day();
DROP TRIGGER declaration_keeps_its_last_day ON contracts_rulecompleteness;
DROP FUNCTION declaration_keeps_its_last_day();
"""


def protected(table: str) -> migrations.RunSQL:
    """Rows of the table get a last day and a confirmation, by their own region, and no other change."""
    words = {"table": table, "columns": COLUMNS[table], "own": OWN_REGION.format(table=table)}
    return migrations.RunSQL(PROTECT.format(**words), UNPROTECT.format(**words))


class Migration(migrations.Migration):
    """Protection of the referral rules in the database itself."""

    dependencies = [("contracts", "0003_rules_as_living_data")]

    operations = [*map(protected, COLUMNS), migrations.RunSQL(GUARDS, UNGUARD)]
