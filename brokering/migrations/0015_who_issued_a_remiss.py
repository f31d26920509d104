"""Which unit issued a remiss, and that its staff see the need, its patient and its bookings."""

import django.db.models.deletion
from django.db import migrations, models

MINE = "issued_by_id = ANY((SELECT app_tenants())::uuid[])"
POLICIES = f"""
CREATE POLICY issuing_unit ON brokering_referral FOR SELECT USING ({MINE});
CREATE POLICY issuing_unit ON brokering_booking FOR SELECT USING ({MINE});
CREATE POLICY issuing_unit ON brokering_patient FOR SELECT USING (EXISTS (
    SELECT 1 FROM brokering_referral r WHERE r.patient_id = brokering_patient.id AND r.{MINE}));
"""
UNDO = """
DROP POLICY issuing_unit ON brokering_referral;
DROP POLICY issuing_unit ON brokering_booking;
DROP POLICY issuing_unit ON brokering_patient;
"""


def _issued_by() -> models.ForeignKey:
    return models.ForeignKey(
        db_index=False,
        null=True,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to="accounts.tenant",
    )


class Migration(migrations.Migration):
    """Reading only: what a referring doctor books is written in the home region's name."""

    dependencies = [
        ("accounts", "0007_answers_as_they_were_sent"),
        ("brokering", "0014_who_is_asked_at_short_notice"),
    ]

    operations = [
        migrations.AddField("referral", "issued_by", _issued_by()),
        migrations.AddField("booking", "issued_by", _issued_by()),
        migrations.AddIndex(
            "referral",
            models.Index(
                fields=["issued_by", "created_at"],
                condition=models.Q(issued_by__isnull=False),
                name="issued_by_a_unit",
            ),
        ),
        migrations.RunSQL(POLICIES, UNDO),
    ]
