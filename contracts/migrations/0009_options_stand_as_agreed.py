"""An option that has been agreed keeps its length and its day: it is used, or it is not."""

from django.db import migrations

STANDS = """
CREATE OR REPLACE FUNCTION used_option_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.used_on IS NOT NULL AND NEW IS DISTINCT FROM OLD THEN
        RAISE EXCEPTION 'a used option stands' USING ERRCODE = 'restrict_violation';
    END IF;
    {agreed}
    RETURN NEW;
END $$;
"""
AGREED = """
    IF (NEW.agreement_id, NEW.number, NEW.months, NEW.decide_by)
        IS DISTINCT FROM (OLD.agreement_id, OLD.number, OLD.months, OLD.decide_by)
        AND EXISTS (SELECT 1 FROM contracts_agreement a WHERE a.id = OLD.agreement_id
            AND a.state IN ('signed', 'active', 'ended')) THEN
        RAISE EXCEPTION 'an agreed option stands' USING ERRCODE = 'restrict_violation';
    END IF;
"""


class Migration(migrations.Migration):
    """The months of an option are written while the agreement is a draft."""

    dependencies = [("contracts", "0008_no_agreement_is_overwritten")]

    operations = [
        migrations.RunSQL(STANDS.replace("{agreed}", AGREED), STANDS.replace("{agreed}", "")),
    ]
