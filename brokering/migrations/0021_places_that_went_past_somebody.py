"""The deviation ledger: every place that is given is noted, looked at, and told where it went past somebody."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from accounts.models.rls import granted

NOTED = """
CREATE FUNCTION place_is_given() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO brokering_givenplace (booking_id, stamp)
    VALUES (NEW.id, pg_current_xact_id()::text::bigint);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION place_is_given IS 'Somebody got a place: the ledger looks whom it went past.';
CREATE TRIGGER place_is_given AFTER INSERT ON brokering_booking FOR EACH ROW
    WHEN (NEW.state = 'held') EXECUTE FUNCTION place_is_given();
REVOKE ALL ON FUNCTION place_is_given() FROM PUBLIC;
REVOKE ALL ON brokering_givenplace FROM vardbryggan_app;

CREATE VIEW place_given AS
SELECT g.id AS note, g.stamp, b.id AS booking, b.claim_id AS claim, c.slot_id AS slot, b.care_id AS care,
       r.need_key, r.tenant_id AS tenant, r.priority,
       coalesce(r.decided_on, r.issued_on, r.contact_on) AS since,
       b.route, b.created_at AS given_at, s.starts_at, o.round_id AS round,
       o.id IS NULL AND i.id IS NULL AS is_chosen,
       EXISTS (SELECT 1 FROM brokering_rebookingtask t JOIN brokering_booking had ON had.id = t.booking_id
                WHERE had.referral_id = b.referral_id AND t.opened_at <= b.created_at
                  AND (t.closed_at IS NULL OR t.closed_at >= b.created_at)) AS is_moved
FROM brokering_givenplace g JOIN brokering_booking b ON b.id = g.booking_id
JOIN brokering_referral r ON r.id = b.referral_id
JOIN providers_claim c ON c.id = b.claim_id JOIN providers_slot s ON s.id = c.slot_id
LEFT JOIN brokering_offer o ON o.booking_id = b.id
LEFT JOIN brokering_invitation i ON i.booking_id = b.id;
COMMENT ON VIEW place_given IS
    'Places that the ledger has not looked at: how each was given, and the rank of the need; no identity.';
REVOKE ALL ON place_given FROM vardbryggan_app;

ALTER TABLE brokering_bypass ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON brokering_bypass FOR SELECT USING (tenants && (SELECT app_tenants())::uuid[]);
CREATE POLICY settled ON brokering_bypass FOR UPDATE USING (tenants && (SELECT app_tenants())::uuid[])
    WITH CHECK (tenants && (SELECT app_tenants())::uuid[]);
CREATE POLICY noted ON brokering_bypass TO vardbryggan_matcher USING (true) WITH CHECK (true);
REVOKE INSERT, UPDATE, DELETE ON brokering_bypass FROM vardbryggan_app;
GRANT UPDATE (settled_code, settled_at, settled_by_id) ON brokering_bypass TO vardbryggan_app;
GRANT USAGE ON SEQUENCE brokering_bypass_id_seq TO vardbryggan_matcher;
"""
UNDO = """
DROP VIEW place_given;
DROP TRIGGER place_is_given ON brokering_booking;
DROP FUNCTION place_is_given();
"""


class Migration(migrations.Migration):
    """The note of the database, the ledger, and who sees it."""

    dependencies = [
        ("brokering", "0020_how_one_is_received"),
        ("providers", "0018_what_lapses_is_noted_too"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="GivenPlace",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("stamp", models.BigIntegerField()),
                (
                    "booking",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="brokering.booking",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Bypass",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=40)),
                ("need_class", models.PositiveSmallIntegerField(null=True)),
                ("waited_days", models.PositiveIntegerField()),
                ("passed", models.PositiveIntegerField()),
                ("higher", models.PositiveIntegerField()),
                ("in_time", models.PositiveIntegerField()),
                ("highest", models.PositiveSmallIntegerField()),
                ("regions", models.JSONField()),
                (
                    "tenants",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.UUIDField(), size=None
                    ),
                ),
                ("given_at", models.DateTimeField()),
                ("found_at", models.DateTimeField()),
                ("settled_code", models.CharField(blank=True, db_default="", max_length=40)),
                ("settled_at", models.DateTimeField(null=True)),
                (
                    "care",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="providers.care",
                    ),
                ),
                (
                    "claim",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bypasses",
                        to="providers.claim",
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["-given_at", "-id"], name="bypasses_latest"),
                    models.Index(
                        condition=models.Q(("code", "unexplained"), ("settled_code", "")),
                        fields=["given_at"],
                        name="bypasses_unexplained",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("claim", "code"), name="one_bypass_per_reason"),
                    models.CheckConstraint(
                        condition=models.Q(("higher__lte", models.F("passed")), ("passed__gte", 1)),
                        name="a_bypass_passes_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("settled_at__isnull", True),
                                ("settled_by__isnull", True),
                                ("settled_code", ""),
                            ),
                            models.Q(
                                ("code", "unexplained"),
                                ("settled_at__isnull", False),
                                ("settled_by__isnull", False),
                                models.Q(("settled_code", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="what_is_settled_was_unexplained",
                    ),
                ],
            },
        ),
        migrations.RunSQL(NOTED, UNDO),
        granted("vardbryggan_matcher", "SELECT", "place_given"),
        granted("vardbryggan_matcher", "SELECT, DELETE", "brokering_givenplace"),
        granted("vardbryggan_matcher", "SELECT, INSERT", "brokering_bypass"),
    ]
