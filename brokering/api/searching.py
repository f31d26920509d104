"""A search in the body of a request: its parameters by name, a list where one is repeated."""

from collections.abc import Mapping
from typing import Any

from django.http import QueryDict
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.errors import Invalid
from brokering.forms import SearchForm
from brokering.forms.watches import address_of

SAID = {"type": "object", "additionalProperties": {"type": ["string", "integer", "array"]}}


@extend_schema_field(SAID)
class SearchField(serializers.DictField):
    """A search as its parameters, a list where one is repeated."""


class SearchIn(serializers.Serializer):
    """A search, and what terms may ask of a person."""

    search = SearchField(help_text="The parameters of `GET /api/v1/slots`.")
    bmi = serializers.IntegerField(required=False, min_value=10, max_value=130)
    asa = serializers.IntegerField(required=False, min_value=1, max_value=6)
    needs = serializers.ListField(
        child=serializers.CharField(max_length=40),
        required=False,
        help_text="Codes of needs that agreements name as excluding.",
    )


def address_from(search: Mapping[str, Any], *, without: frozenset[str] = frozenset()) -> QueryDict:
    """The address that says the same. Raises Invalid for a word that is none of a search's."""
    unknown = sorted(set(search) - (set(SearchForm.base_fields) - without))
    if unknown:
        raise Invalid(fields={name: ["unknown"] for name in unknown})
    return address_of({name: listed(value) for name, value in search.items()})


def listed(value: Any) -> list[str]:
    """Each value as text."""
    return [str(one) for one in (value if isinstance(value, list) else [value])]
