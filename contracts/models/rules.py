"""The regions' requirements of remiss, dated, with source and confidence."""

from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.models import Tenant, User
from providers.models import Care, Region

DAY = timedelta(days=1)


class ReferralRule(models.Model):
    """Remissregel: when a region requires (or exempts from) remiss. No row means unknown.

    A row is never overwritten: it gets a last day, once, and a new row takes its place. A last day before
    the first means that the row was taken back and never was in force.
    """

    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="referral_rules")
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    care = models.ForeignKey(Care, on_delete=models.PROTECT, related_name="referral_rules")
    form = models.CharField(max_length=10, blank=True)
    age_min = models.PositiveSmallIntegerField(null=True)
    age_max = models.PositiveSmallIntegerField(null=True)
    regime = models.CharField(max_length=10, blank=True)
    site = models.CharField(max_length=120, blank=True)
    accepted_issuers = ArrayField(models.CharField(max_length=40), default=list)
    extra_requirements = ArrayField(models.CharField(max_length=60), default=list)
    required = models.BooleanField(default=True)
    immediate_care_exempt = models.BooleanField(default=False)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    source = models.CharField(max_length=200)
    checked = models.DateField()
    """When somebody last compared the row with what the region says."""
    confidence = models.CharField(max_length=200)
    text_sv = models.CharField(max_length=400)
    replaces = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    recorded_at = models.DateTimeField(db_default=Now())
    """Since when we know of the row; `valid_from` is since when it holds."""
    recorded_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    """Null for rows that were shipped with the product."""
    ended_at = models.DateTimeField(null=True)
    """Since when we know of the last day; null where the row came with one, or has none."""
    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    confirmed_on = models.DateField(null=True)
    confirmed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from") - DAY),
                name="rule_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(valid_to__isnull=False),
                name="an_ended_rule_has_a_last_day",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_on__isnull=True, confirmed_by__isnull=True)
                | Q(confirmed_on__isnull=False, confirmed_by__isnull=False),
                name="a_confirmed_rule_says_by_whom",
            ),
            models.CheckConstraint(
                condition=Q(age_min__isnull=True)
                | Q(age_max__isnull=True)
                | Q(age_max__gte=F("age_min")),
                name="rule_ages_in_order",
            ),
        ]
        indexes = [models.Index(fields=["region", "care"], name="rules_of_region_and_care")]

    def __str__(self) -> str:
        return f"{self.region_id} {self.care_id}"


class RuleCompleteness(models.Model):
    """A period for which a region's rows are declared complete: no row then means no requirement."""

    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="rules_complete")
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    complete_from = models.DateField()
    complete_to = models.DateField(null=True)
    source = models.CharField(max_length=200)
    confidence = models.CharField(max_length=200)
    recorded_at = models.DateTimeField(db_default=Now())
    recorded_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(complete_to__isnull=True)
                | Q(complete_to__gte=F("complete_from") - DAY),
                name="declaration_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(complete_to__isnull=False),
                name="an_ended_declaration_has_a_last_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.region_id} {self.complete_from}"
