"""A region decides how its patients are asked."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Offer policies."""

    dependencies = [
        ("accounts", "0006_rights_are_given_by_owner"),
        ("contracts", "0009_options_stand_as_agreed"),
        ("providers", "0012_what_a_visit_asks"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="OfferPolicy",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("answer_days", models.PositiveSmallIntegerField()),
                ("attempts", models.PositiveSmallIntegerField()),
                ("letter_days", models.PositiveSmallIntegerField()),
                ("batch", models.PositiveSmallIntegerField(default=1)),
                ("decision_reference", models.CharField(max_length=80)),
                ("valid_from", models.DateField()),
                ("valid_to", models.DateField(null=True)),
                ("set_at", models.DateTimeField()),
                ("synthetic", models.BooleanField(default=False)),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="offer_policies",
                        to="providers.region",
                    ),
                ),
                (
                    "set_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.tenant",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "offer policies",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to__isnull", True),
                            ("valid_to__gte", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="offer_policy_ends_after_it_begins",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("answer_days__gte", 1),
                            ("attempts__gte", 1),
                            ("batch__gte", 1),
                            ("letter_days__gte", 1),
                        ),
                        name="offer_policy_gives_time",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("valid_to__isnull", True)),
                        fields=("region",),
                        name="one_open_ended_offer_policy",
                    ),
                ],
            },
        ),
    ]
