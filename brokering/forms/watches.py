"""A search as it is kept: what its address says, without the parts that belong to one page of it."""

from collections.abc import Mapping

from django.http import QueryDict

from brokering.forms import SearchForm, plainly
from brokering.selectors.queries import Query

ONE_PAGE = frozenset({"cursor", "size", "order"})
UNSAID = {"bookable": ["no"], "referral": ["no"]}
"""What means the same as nothing."""


def kept(address: QueryDict) -> dict[str, list[str]]:
    """The search in one form, whatever the order of its address; raises Invalid for one that is none."""
    plain = plainly(address)
    form = SearchForm(plain)
    form.query()
    names = sorted(set(form.fields) - ONE_PAGE)
    said = {name: sorted(filter(None, plain.getlist(name))) for name in names}
    return {name: values for name, values in said.items() if values and values != UNSAID.get(name)}


def query_of(said: Mapping[str, list[str]]) -> Query:
    """The search that was kept. Raises Invalid where its codes are no longer known."""
    return SearchForm(address_of(said)).query()


def address_of(said: Mapping[str, list[str]]) -> QueryDict:
    """The address that leads to it."""
    address = QueryDict(mutable=True)
    for name, values in sorted(said.items()):
        address.setlist(name, values)
    return address
