"""Agreements, their lots and price lines."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.functions import RandomUUID
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.models import Tenant, User
from providers.models import Care, Clinic, Provider, Region


class Agreement(models.Model):
    """Avtal (own production included): which regions buy what care, from whom, on what terms, how long."""

    class Regime(models.TextChoices):
        OWN = "own", "egen regi"
        LOU = "lou", "LOU"
        LOV = "lov", "LOV"
        LOL = "lol", "LOL"
        LOF = "lof", "LOF"

    class State(models.TextChoices):
        INITIATED = "initiated"
        ADVERTISED = "advertised"
        EVALUATING = "evaluating"
        AWARDED = "awarded"
        STANDSTILL = "standstill"
        SIGNED = "signed"
        ACTIVE = "active"
        ENDED = "ended"

    class Cooperation(models.TextChoices):
        ALONE = "alone", "en region"
        JOINT = "joint", "flera regioner tillsammans"
        INTER_REGIONAL = "inter_regional", "mellan regioner"

    class OpenForOthers(models.TextChoices):
        YES = "yes", "ja"
        NO = "no", "nej"
        AFTER_AGREEMENT = "after_agreement", "efter överenskommelse"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    regime = models.CharField(max_length=5, choices=Regime.choices)
    cooperation = models.CharField(
        max_length=16, choices=Cooperation.choices, db_default=Cooperation.ALONE
    )
    state = models.CharField(max_length=12, choices=State.choices)
    reference = models.CharField(max_length=80, blank=True, db_default="")
    """The contracting party's diary number."""
    party = models.ForeignKey(
        "contracts.Party", null=True, on_delete=models.PROTECT, related_name="agreements"
    )
    """Who signs for the buyers; null while nobody has been named."""
    seller = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="agreements")
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="agreements")
    """Tenant of the contracting region that keeps the row."""
    buyers = models.ManyToManyField(Region, related_name="agreements")
    usable_by = models.ManyToManyField(Region, related_name="usable_agreements", blank=True)
    """Other regions that may call off the agreement."""
    open_for_others = models.CharField(max_length=20, choices=OpenForOthers.choices)
    """Whether its text is open to patients from other regions."""
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    """Last day in force; null while it runs until further notice."""
    valid_to_at_most = models.DateField(null=True)
    """Last day to which options may extend it; null where no maximum is agreed."""
    signed_by_party_on = models.DateField(null=True)
    signed_by_seller_on = models.DateField(null=True)
    confidentiality = models.JSONField(db_default={})
    """Name of a term → public, regions or parties; a term that is not named is public."""
    source_document = models.CharField(max_length=300, blank=True)
    replaces = models.OneToOneField(
        "self", null=True, on_delete=models.PROTECT, related_name="replaced_by"
    )
    """The version that this one amends."""
    recorded_at = models.DateTimeField(db_default=Now())
    """Since when we know of the row; `valid_from` is since when it holds."""
    recorded_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    """Null for rows that were loaded by the owner."""
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    synthetic = models.BooleanField(default=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True)
                | Q(valid_to_at_most__isnull=True)
                | Q(valid_to__lte=F("valid_to_at_most")),
                name="options_end_at_the_maximum",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="agreement_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(regime__in=["own", "lou", "lov", "lol", "lof"]),
                name="agreement_regime_known",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Lot(models.Model):
    """One part of an agreement: a clinic, its cares, and the terms that bind them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="lots")
    name = models.CharField(max_length=120)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="lots")
    lineage = models.UUIDField(db_default=RandomUUID())
    """The same for every version of the lot, so that what is used of its caps follows an amendment."""
    qualified = models.BooleanField(db_default=True)
    """Whether the seller qualified for this lot; each lot is judged by itself."""
    award_notified_on = models.DateField(null=True)
    """When the award of this lot was last sent out: a standstill counts from here (LOU)."""
    notified_electronically = models.BooleanField(db_default=True)
    cares = models.ManyToManyField(Care, related_name="lots")
    age_min = models.PositiveSmallIntegerField(null=True)
    age_max = models.PositiveSmallIntegerField(null=True)
    bmi_max = models.PositiveSmallIntegerField(null=True)
    asa_max = models.PositiveSmallIntegerField(null=True)
    excluded_needs = ArrayField(models.CharField(max_length=40), default=list)
    accepts_referrer_assessment = models.BooleanField()
    follow_on_reserved = models.BooleanField(default=False)
    """Whether treatment after an investigation is reserved in the same agreement."""

    class Meta:
        ordering = ["name"]
        indexes = [models.Index(fields=["lineage"], name="lots_of_a_lineage")]
        constraints = [
            models.CheckConstraint(
                condition=Q(age_min__isnull=True)
                | Q(age_max__isnull=True)
                | Q(age_max__gte=F("age_min")),
                name="lot_ages_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PriceLine(models.Model):
    """What a lot costs for a care: an amount, a list, or nothing agreed."""

    class Model(models.TextChoices):
        PER_UNIT = "per_unit", "per vårdtillfälle"
        FIXED_LIST = "fixed_list", "fast prislista"
        SUBSCRIPTION_AND_UNIT = "subscription_and_unit", "abonnemang och styckpris"
        DIGITAL_CONTACT = "digital_contact", "per digital kontakt"
        NATIONAL_TARIFF = "national_tariff", "nationella taxan"
        RIKSAVTAL_LIST = "riksavtal_list", "riksavtalets prislista"
        NOT_AGREED = "not_agreed", "inget pris avtalat"

    lot = models.ForeignKey(Lot, on_delete=models.CASCADE, related_name="prices")
    care = models.ForeignKey(Care, on_delete=models.PROTECT, related_name="+")
    model = models.CharField(max_length=24, choices=Model.choices)
    amount = models.DecimalField(max_digits=10, decimal_places=2, null=True)
    """Swedish kronor, VAT not included; null where the list is not known here."""
    subscription = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    """Kronor a year and region beside the unit price, where the model has a subscription."""
    unit = models.CharField(max_length=60, blank=True, db_default="")
    """What the amount is for, in the agreement's own word."""
    list_name = models.CharField(max_length=120, blank=True)
    list_version = models.CharField(max_length=40, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    synthetic = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(model="not_agreed", amount__isnull=True) | ~Q(model="not_agreed"),
                name="no_amount_where_no_price",
            ),
            models.UniqueConstraint(
                fields=["lot", "care", "valid_from"], name="one_price_per_care_and_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.amount or ''}"
