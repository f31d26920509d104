"""What clinics are and where decides who may use a place, as terms do; that they still are there does not."""

from django.db import migrations

KEPT = {
    "providers_clinic": "name, municipality_id, latitude, longitude, languages, accessibility",
    "providers_municipality": "region_id",
}
"""By table, the columns that are kept: each delivery confirms a clinic anew, which changes none of them."""
COUNTED = "".join(
    f"CREATE TRIGGER terms_have_changed AFTER INSERT OR UPDATE OF {columns} OR DELETE OR TRUNCATE"
    f" ON {table} FOR EACH STATEMENT EXECUTE FUNCTION terms_have_changed();\n"
    for table, columns in KEPT.items()
)
UNDO = "".join(f"DROP TRIGGER terms_have_changed ON {table};\n" for table in KEPT)


class Migration(migrations.Migration):
    """The trigger of all that terms are read from, on what clinics say of themselves."""

    dependencies = [
        ("contracts", "0015_the_catalogue_is_counted_too"),
        ("providers", "0018_what_lapses_is_noted_too"),
    ]

    operations = [migrations.RunSQL(COUNTED, UNDO)]
