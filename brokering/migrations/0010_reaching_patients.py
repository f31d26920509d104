"""How patients are reached and asked, what they wish for, and what a held place waits on."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import brokering.states


class Migration(migrations.Migration):
    """Contact points, messages, attempts, tasks; invitations in batches; approvals; watches; short notice."""

    dependencies = [
        ("accounts", "0006_rights_are_given_by_owner"),
        ("brokering", "0009_whether_a_cancelled_place_was_freed"),
        ("providers", "0012_what_a_visit_asks"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="booking",
            name="calendar_sequence",
            field=models.PositiveSmallIntegerField(db_default=0),
        ),
        migrations.AddField(
            model_name="booking",
            name="extended_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="offer",
            name="delivered_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name="Batch",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("sent_at", models.DateTimeField()),
                ("answer_by", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "slot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="providers.slot",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "batches",
            },
        ),
        migrations.CreateModel(
            name="ContactAttempt",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("way", models.CharField(max_length=10)),
                ("outcome", models.CharField(max_length=20)),
                ("at", models.DateTimeField()),
                (
                    "addressed_to",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.tenant",
                    ),
                ),
                (
                    "noted_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "offer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contact_attempts",
                        to="brokering.offer",
                    ),
                ),
                (
                    "referral",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contact_attempts",
                        to="brokering.referral",
                    ),
                ),
                (
                    "subject",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.tenant",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ContactPoint",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[("email", "e-post"), ("sms", "sms"), ("letter", "brev")],
                        max_length=8,
                    ),
                ),
                ("address_encrypted", models.BinaryField()),
                ("address_key_version", models.CharField(max_length=10)),
                ("rank", models.PositiveSmallIntegerField(default=1)),
                ("created_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("synthetic", models.BooleanField(default=False)),
                (
                    "addressed_to",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.tenant",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contact_points",
                        to="brokering.patient",
                    ),
                ),
                (
                    "subject",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.tenant",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("lot_id", models.UUIDField()),
                ("route", models.CharField(max_length=20)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            (
                                brokering.states.InvitationState["SENT"],
                                brokering.states.InvitationState["SENT"],
                            ),
                            (
                                brokering.states.InvitationState["ACCEPTED"],
                                brokering.states.InvitationState["ACCEPTED"],
                            ),
                            (
                                brokering.states.InvitationState["DECLINED"],
                                brokering.states.InvitationState["DECLINED"],
                            ),
                            (
                                brokering.states.InvitationState["LATE"],
                                brokering.states.InvitationState["LATE"],
                            ),
                            (
                                brokering.states.InvitationState["LAPSED"],
                                brokering.states.InvitationState["LAPSED"],
                            ),
                        ],
                        default=brokering.states.InvitationState["SENT"],
                        max_length=10,
                    ),
                ),
                ("answered_at", models.DateTimeField(null=True)),
                (
                    "addressed_to",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.tenant",
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations",
                        to="brokering.batch",
                    ),
                ),
                (
                    "booking",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitation",
                        to="brokering.booking",
                    ),
                ),
                (
                    "referral",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations",
                        to="brokering.referral",
                    ),
                ),
                (
                    "subject",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.tenant",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(max_length=30)),
                ("key", models.CharField(max_length=120, unique=True)),
                (
                    "channel",
                    models.CharField(
                        choices=[("email", "e-post"), ("sms", "sms"), ("letter", "brev")],
                        max_length=8,
                    ),
                ),
                ("language", models.CharField(max_length=8)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            (
                                brokering.states.MessageState["WAITING"],
                                brokering.states.MessageState["WAITING"],
                            ),
                            (
                                brokering.states.MessageState["SENT"],
                                brokering.states.MessageState["SENT"],
                            ),
                            (
                                brokering.states.MessageState["DELIVERED"],
                                brokering.states.MessageState["DELIVERED"],
                            ),
                            (
                                brokering.states.MessageState["FAILED"],
                                brokering.states.MessageState["FAILED"],
                            ),
                            (
                                brokering.states.MessageState["DROPPED"],
                                brokering.states.MessageState["DROPPED"],
                            ),
                        ],
                        default=brokering.states.MessageState["WAITING"],
                        max_length=10,
                    ),
                ),
                ("not_before", models.DateTimeField()),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("delivered_at", models.DateTimeField(null=True)),
                ("problem", models.CharField(blank=True, db_default="", max_length=60)),
                (
                    "addressed_to",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.tenant",
                    ),
                ),
                (
                    "booking",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to="brokering.booking",
                    ),
                ),
                (
                    "offer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to="brokering.offer",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to="brokering.patient",
                    ),
                ),
                (
                    "referral",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to="brokering.referral",
                    ),
                ),
                (
                    "subject",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.tenant",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ContactTask",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("why", models.CharField(max_length=40)),
                ("opened_at", models.DateTimeField()),
                ("next_on", models.DateField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            (
                                brokering.states.ContactState["OPEN"],
                                brokering.states.ContactState["OPEN"],
                            ),
                            (
                                brokering.states.ContactState["DONE"],
                                brokering.states.ContactState["DONE"],
                            ),
                        ],
                        default=brokering.states.ContactState["OPEN"],
                        max_length=10,
                    ),
                ),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "addressed_to",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.tenant",
                    ),
                ),
                (
                    "offer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contact_tasks",
                        to="brokering.offer",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "referral",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contact_tasks",
                        to="brokering.referral",
                    ),
                ),
                (
                    "subject",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.tenant",
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tasks",
                        to="brokering.message",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ShortNotice",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("notice_hours", models.PositiveSmallIntegerField()),
                ("max_distance_km", models.PositiveSmallIntegerField(null=True)),
                ("ready", models.JSONField(default=list)),
                ("consented_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("synthetic", models.BooleanField(default=False)),
                (
                    "addressed_to",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.tenant",
                    ),
                ),
                (
                    "referral",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="short_notices",
                        to="brokering.referral",
                    ),
                ),
                (
                    "subject",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.tenant",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Watch",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("query", models.JSONField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            (
                                brokering.states.WatchState["OPEN"],
                                brokering.states.WatchState["OPEN"],
                            ),
                            (
                                brokering.states.WatchState["TOLD"],
                                brokering.states.WatchState["TOLD"],
                            ),
                            (
                                brokering.states.WatchState["ENDED"],
                                brokering.states.WatchState["ENDED"],
                            ),
                        ],
                        default=brokering.states.WatchState["OPEN"],
                        max_length=10,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("ends_on", models.DateField()),
                ("told_at", models.DateTimeField(null=True)),
                (
                    "addressed_to",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.tenant",
                    ),
                ),
                (
                    "care",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="providers.care",
                    ),
                ),
                (
                    "referral",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="watches",
                        to="brokering.referral",
                    ),
                ),
                (
                    "subject",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.tenant",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Approval",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "asked",
                    models.CharField(
                        choices=[("clinic", "Clinic"), ("home_region", "Home Region")],
                        max_length=12,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            (
                                brokering.states.ApprovalState["ASKED"],
                                brokering.states.ApprovalState["ASKED"],
                            ),
                            (
                                brokering.states.ApprovalState["GRANTED"],
                                brokering.states.ApprovalState["GRANTED"],
                            ),
                            (
                                brokering.states.ApprovalState["REFUSED"],
                                brokering.states.ApprovalState["REFUSED"],
                            ),
                            (
                                brokering.states.ApprovalState["LAPSED"],
                                brokering.states.ApprovalState["LAPSED"],
                            ),
                            (
                                brokering.states.ApprovalState["WITHDRAWN"],
                                brokering.states.ApprovalState["WITHDRAWN"],
                            ),
                        ],
                        default=brokering.states.ApprovalState["ASKED"],
                        max_length=10,
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("answer_by", models.DateTimeField()),
                ("escalated_at", models.DateTimeField(null=True)),
                ("answered_at", models.DateTimeField(null=True)),
                ("reason", models.CharField(blank=True, db_default="", max_length=40)),
                (
                    "addressed_to",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.tenant",
                    ),
                ),
                (
                    "answered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "booking",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="approvals",
                        to="brokering.booking",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "subject",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.tenant",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "asked")),
                        fields=["answer_by"],
                        name="approval_waited_for",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("booking", "asked"), name="each_is_asked_once_of_a_booking"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("escalated_at__isnull", True),
                            ("owner__isnull", False),
                            _connector="OR",
                        ),
                        name="a_late_answer_has_an_owner",
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("slot",),
                name="one_open_batch_per_slot",
            ),
        ),
        migrations.AddIndex(
            model_name="contactattempt",
            index=models.Index(fields=["referral", "at"], name="attempts_to_reach"),
        ),
        migrations.AddConstraint(
            model_name="contactpoint",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("patient", "channel"),
                name="one_address_per_channel",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.UniqueConstraint(
                fields=("batch", "referral"), name="one_invitation_per_need_and_batch"
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "accepted")),
                fields=("batch",),
                name="one_yes_per_batch",
            ),
        ),
        migrations.AddConstraint(
            model_name="invitation",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "accepted"), _negated=True),
                    ("booking__isnull", False),
                    _connector="OR",
                ),
                name="a_yes_has_a_booking",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("state", "waiting")),
                fields=["not_before"],
                name="message_to_send",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("state", "sent")), fields=["sent_at"], name="message_under_way"
            ),
        ),
        migrations.AddConstraint(
            model_name="contacttask",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")),
                fields=("referral", "why"),
                name="one_open_contact_task_per_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="shortnotice",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("referral",),
                name="one_short_notice_per_need",
            ),
        ),
        migrations.AddIndex(
            model_name="watch",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["care"], name="watch_of_a_care"
            ),
        ),
    ]
