"""What an agreement consists of beside its lots: parties, adoptions, options, sources, reserved follow-on."""

import uuid

from django.db import models
from django.db.models import F, Q

from accounts.models import Tenant, User
from contracts.models.agreements import Agreement, Lot
from providers.models import Care, Region


class Party(models.Model):
    """Who may sign for regions: a region, or a kommunalförbund with transferred authority.

    A samverkansregion is no legal person and cannot be one.
    """

    class Kind(models.TextChoices):
        REGION = "region", "region"
        MUNICIPAL_FEDERATION = "municipal_federation", "kommunalförbund"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    name = models.CharField(max_length=200)
    organisation_number = models.CharField(max_length=10, unique=True)
    transfer_reference = models.CharField(max_length=200, blank=True)
    """The decision by which regions transferred their authority to a kommunalförbund."""
    members = models.ManyToManyField(Region, related_name="parties")
    """The regions it signs for."""
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    synthetic = models.BooleanField(default=False)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["region", "municipal_federation"]),
                name="a_party_is_a_legal_person",
            ),
            models.CheckConstraint(
                condition=~Q(kind="municipal_federation") | ~Q(transfer_reference=""),
                name="transferred_authority_is_cited",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Adoption(models.Model):
    """A region's own decision to be bound by a joint agreement; without it the agreement does not bind it."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="adoptions")
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+")
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    """The adopting region's tenant."""
    adopted_on = models.DateField()
    decision_reference = models.CharField(max_length=80)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "region"], name="one_adoption_per_region"),
            models.CheckConstraint(
                condition=~Q(decision_reference=""), name="an_adoption_cites_its_decision"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.region_id}"


class OptionStep(models.Model):
    """One option to extend an agreement by a number of months."""

    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="options")
    number = models.PositiveSmallIntegerField()
    months = models.PositiveSmallIntegerField()
    decide_by = models.DateField(null=True)
    """Last day to use it; null where the agreement names none."""
    used_on = models.DateField(null=True)
    decision_reference = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "number"], name="one_option_per_number"),
            models.CheckConstraint(condition=Q(months__gt=0), name="an_option_has_a_length"),
        ]

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.number}"


class SourceDocument(models.Model):
    """Where a term of an agreement can be read, and what stands there.

    Two sources of one field that say different things are a conflict, which is shown, never decided here.
    """

    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="sources")
    lot = models.ForeignKey(Lot, null=True, on_delete=models.CASCADE, related_name="sources")
    """Null where the term is the agreement's own."""
    field = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    url = models.URLField(max_length=500, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    says = models.CharField(max_length=200)
    """The term as it stands in the document."""
    retrieved_on = models.DateField()

    class Meta:
        ordering = ["field", "retrieved_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(sha256="") | Q(sha256__regex=r"^[0-9a-f]{64}$"),
                name="a_document_hash_is_sha256",
            )
        ]

    def __str__(self) -> str:
        return f"{self.field} {self.title}"


class FollowOn(models.Model):
    """Treatment that a lot reserves for those whom it has investigated."""

    lot = models.ForeignKey(Lot, on_delete=models.CASCADE, related_name="follow_ons")
    investigation = models.ForeignKey(Care, on_delete=models.PROTECT, related_name="+")
    treatment = models.ForeignKey(Care, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["lot", "investigation", "treatment"], name="one_follow_on_per_pair"
            ),
            models.CheckConstraint(
                condition=~Q(investigation=F("treatment")), name="a_follow_on_is_another_care"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.investigation_id} → {self.treatment_id}"
