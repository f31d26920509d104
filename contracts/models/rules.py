"""The regions' requirements of remiss, dated, with source and confidence."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.models import Tenant
from providers.models import Care, Region


class ReferralRule(models.Model):
    """Remissregel: when a region requires (or exempts from) remiss. No row means unknown."""

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
    confidence = models.CharField(max_length=200)
    text_sv = models.CharField(max_length=400)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="rule_ends_after_it_begins",
            ),
            models.UniqueConstraint(
                fields=[
                    "region",
                    "care",
                    "form",
                    "age_min",
                    "age_max",
                    "regime",
                    "site",
                    "valid_from",
                ],
                nulls_distinct=False,
                name="one_rule_per_scope_and_start",
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

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["region", "complete_from"], name="one_declaration_per_region_and_start"
            )
        ]

    def __str__(self) -> str:
        return f"{self.region_id} {self.complete_from}"
