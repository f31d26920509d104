"""Caps of several kinds, each counted by itself; what was counted before is carried over."""

import uuid

import django.contrib.postgres.functions
import django.db.models.deletion
from django.db import migrations, models

from accounts.models.rls import capacity_plane, granted

MY_LOT = (
    "EXISTS (SELECT 1 FROM contracts_lot l JOIN contracts_agreement mine ON mine.id = l.agreement_id"
    " WHERE l.id = lot_id AND mine.tenant_id = ANY((SELECT app_tenants())::uuid[]))"
)
COUNTS = """
ALTER TABLE contracts_capuse ENABLE ROW LEVEL SECURITY;
CREATE POLICY public_read ON contracts_capuse FOR SELECT USING (true);
CREATE POLICY acting_insert ON contracts_capuse FOR INSERT WITH CHECK ((SELECT app_actor()) IS NOT NULL);
CREATE POLICY acting_update ON contracts_capuse FOR UPDATE
    USING ((SELECT app_actor()) IS NOT NULL) WITH CHECK ((SELECT app_actor()) IS NOT NULL);
REVOKE DELETE ON contracts_capuse FROM vardbryggan_app;
ALTER TABLE contracts_reservation ENABLE ROW LEVEL SECURITY;
CREATE POLICY public_read ON contracts_reservation FOR SELECT USING (true);
CREATE POLICY acting_insert ON contracts_reservation FOR INSERT WITH CHECK ((SELECT app_actor()) IS NOT NULL);
REVOKE UPDATE, DELETE ON contracts_reservation FROM vardbryggan_app;
"""
UNDO_COUNTS = """
ALTER TABLE contracts_capuse DISABLE ROW LEVEL SECURITY;
DROP POLICY public_read ON contracts_capuse;
DROP POLICY acting_insert ON contracts_capuse;
DROP POLICY acting_update ON contracts_capuse;
ALTER TABLE contracts_reservation DISABLE ROW LEVEL SECURITY;
DROP POLICY public_read ON contracts_reservation;
DROP POLICY acting_insert ON contracts_reservation;
"""
CARRIED_OVER = """
SET CONSTRAINTS ALL IMMEDIATE;
INSERT INTO contracts_cap (lot_id, lineage, places, period)
    SELECT id, lineage, cap_places, cap_period FROM contracts_lot WHERE cap_places IS NOT NULL;
INSERT INTO contracts_capuse (counter, period, "limit", used)
    SELECT l.lineage, u.period, u.cap, u.used FROM contracts_lotuse u JOIN contracts_lot l ON l.id = u.lot_id;
INSERT INTO contracts_reservation (claim_id, use_id)
    SELECT c.id, u.id FROM providers_claim c JOIN contracts_lot l ON l.id = c.lot_id
    JOIN contracts_capuse u ON u.counter = l.lineage AND u.period = c.cap_period
    WHERE c.state <> 'ended' OR c.ended_why IN ('fulfilled', 'missed');
"""


class Migration(migrations.Migration):
    """A lot's one cap becomes a row of its own, its counts and the claims that they count as well."""

    dependencies = [
        ("contracts", "0006_register_row_security"),
        ("providers", "0006_publishing_row_security"),
        # The matching role and the claims' trigger are there; the trigger is written anew after this.
        ("brokering", "0002_row_security"),
    ]
    run_before = [("providers", "0010_reservations_say_it")]

    operations = [
        migrations.CreateModel(
            name="Cap",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "lineage",
                    models.UUIDField(
                        db_default=django.contrib.postgres.functions.RandomUUID(),
                        default=uuid.uuid4,
                    ),
                ),
                ("places", models.PositiveIntegerField()),
                (
                    "period",
                    models.CharField(
                        choices=[
                            ("month", "månad"),
                            ("quarter", "kvartal"),
                            ("year", "år"),
                            ("whole", "hela avtalet"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "lot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="caps",
                        to="contracts.lot",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="providers.region",
                    ),
                ),
            ],
            options={"ordering": ["region_id", "period"]},
        ),
        migrations.CreateModel(
            name="CapUse",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("counter", models.UUIDField()),
                ("period", models.DateField()),
                ("limit", models.PositiveIntegerField()),
                ("used", models.PositiveIntegerField(default=0)),
                (
                    "region",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="providers.region",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Reservation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "claim",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reservations",
                        to="providers.claim",
                    ),
                ),
                (
                    "use",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reservations",
                        to="contracts.capuse",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="cap",
            constraint=models.UniqueConstraint(
                fields=("lot", "region", "period"),
                name="one_cap_per_lot_region_and_period",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="cap",
            constraint=models.CheckConstraint(
                condition=models.Q(("period__in", ["month", "quarter", "year", "whole"])),
                name="cap_period_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="capuse",
            constraint=models.UniqueConstraint(
                fields=("counter", "period"), name="one_count_per_cap_and_period"
            ),
        ),
        migrations.AddConstraint(
            model_name="capuse",
            constraint=models.CheckConstraint(
                condition=models.Q(("used__lte", models.F("limit"))), name="cap_never_exceeded"
            ),
        ),
        migrations.AddConstraint(
            model_name="reservation",
            constraint=models.UniqueConstraint(
                fields=("claim", "use"), name="one_reservation_per_claim"
            ),
        ),
        migrations.RunSQL(CARRIED_OVER, migrations.RunSQL.noop),
        migrations.RemoveConstraint(model_name="lot", name="a_cap_has_a_period"),
        migrations.RemoveField(model_name="lot", name="cap_places"),
        migrations.RemoveField(model_name="lot", name="cap_period"),
        migrations.DeleteModel(name="LotUse"),
        capacity_plane("contracts_cap", MY_LOT),
        migrations.RunSQL(COUNTS, UNDO_COUNTS),
        *(
            granted("vardbryggan_matcher", "SELECT", table)
            for table in ("contracts_cap", "contracts_capuse")
        ),
    ]
