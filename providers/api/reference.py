"""REST of what is open to read: regions, cares, clinics."""

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, pagination, serializers

from providers.models import Care, Clinic, Region
from providers.selectors.clinics import public_clinics


class RegionOut(serializers.ModelSerializer):
    """A region, with where its organisation number comes from."""

    class Meta:
        model = Region
        fields = ["code", "name", "county", "iso_code", "organisation_number", "cooperation_area"]


class CareOut(serializers.ModelSerializer):
    """One care of the catalogue."""

    class Meta:
        model = Care
        fields = [
            *("code", "name_sv", "name_en", "kind", "level", "form", "area", "guarantee"),
            *("medical_service", "hospital_level", "source"),
        ]


class ClinicOut(serializers.ModelSerializer):
    """A clinic: where it is, what it offers, how old its information is."""

    provider = serializers.CharField(source="provider.name")
    municipality = serializers.CharField(source="municipality.name")
    region = serializers.CharField(source="municipality.region_id")
    cares = serializers.SerializerMethodField()
    promised_age_minutes = serializers.SerializerMethodField()

    class Meta:
        model = Clinic
        fields = [
            *("id", "hsa_id", "name", "provider", "municipality", "region", "street"),
            *("latitude", "longitude", "cares", "confirmed_at", "promised_age_minutes"),
            "synthetic",
        ]

    def get_cares(self, clinic: Clinic) -> list[str]:
        """Codes of the cares that the clinic offers."""
        return [care.code for care in clinic.cares.all()]

    def get_promised_age_minutes(self, clinic: Clinic) -> int:
        """How old, in minutes, the clinic's information may become before it is demoted."""
        return int(clinic.promised_age.total_seconds() // 60)


class Pages(pagination.PageNumberPagination):
    """Pages of 100; the caller may ask for up to 500."""

    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 500


class Regions(generics.ListAPIView):
    """The 21 regions."""

    queryset = Region.objects.order_by("code")
    serializer_class = RegionOut


class Cares(generics.ListAPIView):
    """The care catalogue."""

    queryset = Care.objects.order_by("code")
    serializer_class = CareOut


@extend_schema(
    parameters=[
        OpenApiParameter("region", description="Länskod of the region where the clinic stands."),
        OpenApiParameter("care", description="Code of a care that the clinic offers."),
    ]
)
class Clinics(generics.ListAPIView):
    """Clinics, by name."""

    serializer_class = ClinicOut
    pagination_class = Pages

    def get_queryset(self) -> QuerySet[Clinic]:
        """Narrowed to a region or a care."""
        asked = self.request.query_params
        return public_clinics(region=asked.get("region", ""), care=asked.get("care", ""))
