"""A signed agreement is never overwritten: it gets a last day, and an amended version takes its place."""

from django.db import migrations, models

MY_TENANT = "tenant_id = ANY((SELECT app_tenants())::uuid[])"
DRAFTS = "('initiated', 'advertised', 'evaluating', 'awarded', 'standstill')"
MY_DRAFT = f"""EXISTS (SELECT 1 FROM contracts_agreement mine WHERE mine.id = agreement_id
    AND mine.state IN {DRAFTS} AND mine.tenant_id = ANY((SELECT app_tenants())::uuid[]))"""
MY_DRAFT_LOT = f"""EXISTS (SELECT 1 FROM contracts_lot l JOIN contracts_agreement mine ON mine.id = l.agreement_id
    WHERE l.id = lot_id AND mine.state IN {DRAFTS}
    AND mine.tenant_id = ANY((SELECT app_tenants())::uuid[]))"""
PARTS = {
    "contracts_agreement_buyers": MY_DRAFT,
    "contracts_agreement_usable_by": MY_DRAFT,
    "contracts_lot": MY_DRAFT,
    "contracts_lot_cares": MY_DRAFT_LOT,
    "contracts_priceline": MY_DRAFT_LOT,
    "contracts_cap": MY_DRAFT_LOT,
    "contracts_followon": MY_DRAFT_LOT,
}
CLOSED = """
DROP POLICY owner_insert ON {table};
DROP POLICY owner_update ON {table};
DROP POLICY owner_delete ON {table};
CREATE POLICY owner_insert ON {table} FOR INSERT WITH CHECK ({own});
CREATE POLICY owner_update ON {table} FOR UPDATE USING ({own}) WITH CHECK ({own});
CREATE POLICY owner_delete ON {table} FOR DELETE USING ({own});
"""
GUARDS = """
REVOKE DELETE ON contracts_agreement FROM vardbryggan_app;
REVOKE UPDATE, DELETE ON contracts_adoption FROM vardbryggan_app;

CREATE FUNCTION signed_agreement_stands() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before contracts_agreement := OLD;
BEGIN
    IF OLD.state = 'ended' AND NEW IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'an ended agreement stands as it ended' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state IN ('signed', 'active') THEN
        before.state := NEW.state;
        before.valid_to := NEW.valid_to;
        before.ended_at := NEW.ended_at;
        before.ended_by_id := NEW.ended_by_id;
        IF NEW IS DISTINCT FROM before THEN
            RAISE EXCEPTION 'a signed agreement is amended by a new version'
                USING ERRCODE = 'restrict_violation';
        END IF;
    END IF;
    IF (OLD.signed_by_party_on IS NOT NULL AND NEW.signed_by_party_on IS DISTINCT FROM OLD.signed_by_party_on)
        OR (OLD.signed_by_seller_on IS NOT NULL
            AND NEW.signed_by_seller_on IS DISTINCT FROM OLD.signed_by_seller_on) THEN
        RAISE EXCEPTION 'a signature is not taken back' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER signed_agreement_stands BEFORE UPDATE ON contracts_agreement
    FOR EACH ROW EXECUTE FUNCTION signed_agreement_stands();

CREATE FUNCTION used_option_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.used_on IS NOT NULL AND NEW IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'a used option stands' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER used_option_stands BEFORE UPDATE ON contracts_optionstep
    FOR EACH ROW EXECUTE FUNCTION used_option_stands();
DROP POLICY owner_insert ON contracts_optionstep;
DROP POLICY owner_update ON contracts_optionstep;
DROP POLICY owner_delete ON contracts_optionstep;
CREATE POLICY owner_insert ON contracts_optionstep FOR INSERT WITH CHECK ({draft});
CREATE POLICY owner_update ON contracts_optionstep FOR UPDATE USING ({mine}) WITH CHECK ({mine});
CREATE POLICY owner_delete ON contracts_optionstep FOR DELETE USING ({draft});
DROP POLICY owner_update ON contracts_sourcedocument;
DROP POLICY owner_delete ON contracts_sourcedocument;
CREATE POLICY owner_delete ON contracts_sourcedocument FOR DELETE USING ({draft});
""".replace("{draft}", MY_DRAFT).replace(
    "{mine}",
    "EXISTS (SELECT 1 FROM contracts_agreement mine WHERE mine.id = agreement_id"
    " AND mine.tenant_id = ANY((SELECT app_tenants())::uuid[]))",
)


class Migration(migrations.Migration):
    """What belongs to an agreement is written while it is a draft; afterwards only its end changes."""

    dependencies = [("contracts", "0007_caps_of_many_kinds")]

    operations = [
        migrations.AddIndex(
            model_name="lot",
            index=models.Index(fields=["lineage"], name="lots_of_a_lineage"),
        ),
        *(migrations.RunSQL(CLOSED.format(table=t, own=own)) for t, own in PARTS.items()),
        migrations.RunSQL(GUARDS),
    ]
