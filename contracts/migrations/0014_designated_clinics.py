"""Which clinics may give a care that is not given everywhere: public to read, a region's own to write."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from accounts.models.rls import capacity_plane

OWN_REGION = (
    "tenant_id = ANY((SELECT app_tenants())::uuid[]) AND EXISTS (SELECT 1 FROM providers_region r"
    " WHERE r.code = region_id AND r.tenant_id = contracts_designation.tenant_id)"
)
COUNTED = """
CREATE TRIGGER terms_have_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE
    ON contracts_designation FOR EACH STATEMENT EXECUTE FUNCTION terms_have_changed();
"""
UNDO_COUNTED = "DROP TRIGGER terms_have_changed ON contracts_designation;"


class Migration(migrations.Migration):
    """The table, who writes it, and that it belongs to what terms are read from."""

    dependencies = [
        ("accounts", "0006_rights_are_given_by_owner"),
        ("contracts", "0013_changes_of_terms_are_counted"),
        ("providers", "0018_what_lapses_is_noted_too"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Designation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "basis",
                    models.CharField(
                        choices=[
                            ("national", "nationell högspecialiserad vård"),
                            ("structured", "nivåstrukturering"),
                        ],
                        max_length=10,
                    ),
                ),
                ("source", models.CharField(max_length=200)),
                ("valid_from", models.DateField()),
                ("valid_to", models.DateField(null=True)),
                ("set_at", models.DateTimeField()),
                ("synthetic", models.BooleanField(default=False)),
                (
                    "care",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="designations",
                        to="providers.care",
                    ),
                ),
                (
                    "clinic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="designations",
                        to="providers.clinic",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="designations",
                        to="providers.region",
                    ),
                ),
                (
                    "set_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.tenant",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["care"], name="designations_of_a_care")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to__isnull", True),
                            ("valid_to__gte", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="designation_ends_after_it_begins",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("source", ""), _negated=True),
                        name="designation_has_a_source",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("region__isnull", True), ("tenant__isnull", True)),
                            models.Q(("region__isnull", False), ("tenant__isnull", False)),
                            _connector="OR",
                        ),
                        name="designation_of_a_region_or_of_all",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("valid_to__isnull", True)),
                        fields=("clinic", "care", "region", "basis"),
                        name="one_open_ended_designation",
                        nulls_distinct=False,
                    ),
                ],
            },
        ),
        capacity_plane("contracts_designation", OWN_REGION),
        migrations.RunSQL(COUNTED, UNDO_COUNTED),
    ]
