"""A clinic sees the person of a need that is addressed to it, from when the remiss is written."""

from django.db import migrations

POLICY = """
CREATE POLICY receiving_clinic ON brokering_patient FOR SELECT USING (EXISTS (
    SELECT 1 FROM brokering_referral r WHERE r.patient_id = brokering_patient.id
    AND r.addressed_to_id = ANY((SELECT app_tenants())::uuid[])));
"""


class Migration(migrations.Migration):
    """Before, only a booking told the clinic whom it receives."""

    dependencies = [("brokering", "0006_rebooking_row_security")]

    operations = [migrations.RunSQL(POLICY, "DROP POLICY receiving_clinic ON brokering_patient;")]
