"""What the catalogue says of a care decides who may use a place, as terms do."""

from django.db import migrations


class Migration(migrations.Migration):
    """The trigger of all that terms are read from, on one table more."""

    dependencies = [("contracts", "0014_designated_clinics")]

    operations = [
        migrations.RunSQL(
            "CREATE TRIGGER terms_have_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE"
            " ON providers_care FOR EACH STATEMENT EXECUTE FUNCTION terms_have_changed()",
            "DROP TRIGGER terms_have_changed ON providers_care",
        )
    ]
