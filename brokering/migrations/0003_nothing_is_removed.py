"""What happened to a person stays: the application's role removes no row of the need plane."""

from django.db import migrations

TABLES = (
    "brokering_patient, brokering_referral, brokering_paymentcommitment,"
    " brokering_booking, brokering_offer, brokering_reroutecase"
)


class Migration(migrations.Migration):
    """Rows end by their state; erasure is an act of the owning role."""

    dependencies = [("brokering", "0002_row_security")]

    operations = [
        migrations.RunSQL(
            f"REVOKE DELETE ON {TABLES} FROM vardbryggan_app;",
            f"GRANT DELETE ON {TABLES} TO vardbryggan_app;",
        )
    ]
