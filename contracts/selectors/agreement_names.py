"""Names for the codes in whole agreements: cares, regions, clinics, sellers and parties."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from contracts.drafts import AgreementDraft
from contracts.models import Party
from providers.models import Care, Clinic, Provider, Region


@dataclass(frozen=True)
class Names:
    """Cares by code; names of regions by länskod, clinics by HSA-id, others by organisation number."""

    cares: Mapping[str, Care]
    regions: Mapping[str, str]
    clinics: Mapping[str, str]
    sellers: Mapping[str, str]
    parties: Mapping[str, str]


def names_in(drafts: Iterable[AgreementDraft]) -> Names:
    """The names of everything that the drafts name."""
    listed = list(drafts)
    lots = [lot for draft in listed for lot in draft.lots]
    clinics = Clinic.objects.filter(hsa_id__in={lot.clinic for lot in lots})
    sellers = Provider.objects.filter(organisation_number__in={one.seller for one in listed})
    parties = Party.objects.filter(
        organisation_number__in={one.party for one in listed if one.party}
    )
    return Names(
        cares=Care.objects.in_bulk(),
        regions=dict(Region.objects.values_list("code", "name")),
        clinics=dict(clinics.values_list("hsa_id", "name")),
        sellers=dict(sellers.values_list("organisation_number", "name")),
        parties=dict(parties.values_list("organisation_number", "name")),
    )
