"""Which codes an agreement is told with on screen, read from where they are defined."""

import re
from dataclasses import fields
from pathlib import Path

from accounts.errors import NotAllowed, NotFound
from brokering.sweden.needs import EXCLUDING
from contracts import drafts as written
from contracts.actions import agreement_states, agreements
from contracts.actions import exchange as taking_in
from contracts.actions.agreement_states import Side
from contracts.drafts import COOPERATIONS, LEVELS, AgreementDraft, LotDraft
from contracts.errors import NotALegalPerson
from contracts.exchange import sheets, structured
from contracts.lifecycle import AgreementState
from contracts.selectors import drafts as in_register
from contracts.selectors import usable
from contracts.terms import CapPeriod
from contracts.views import agreement_files

CHECKED = {
    *("amount", "model", "unit", "list_name", "list_version"),
    *("field", "title", "says", "url", "sha256", "lot"),
}


def reasons_not_to_use() -> set[str]:
    """What may stand against a region's use of an agreement."""
    source = Path(usable.__file__).read_text("utf-8")
    return set(re.findall(r'^        \("(\w+)", ', source, re.M)) | {usable.CONFLICT}


def fields_of_agreements() -> set[str]:
    """The fields that two versions may differ in, and those of a part that something may be wrong with."""
    return {one.name for kind in (AgreementDraft, LotDraft) for one in fields(kind)} | CHECKED


def faults() -> set[str]:
    """What may be wrong with an agreement that is written or read in."""
    modules = (written, in_register, sheets, structured, taking_in)
    sources = "".join(Path(one.__file__).read_text("utf-8") for one in modules)
    found = re.findall(r'^ +\("(\w+)", |(?:Fault|Unreadable)\(\s*"(\w+)"', sources, re.M)
    of_kinds = {"not_text", "not_whole", "not_yes_or_no"}
    refused = {NotAllowed.code, NotFound.code, NotALegalPerson.code}
    return {first or second for first, second in found} | of_kinds | refused


def deeds() -> set[str]:
    """What is done with an agreement, as its events name it."""
    sources = "".join(
        Path(one.__file__).read_text("utf-8") for one in (agreements, agreement_states)
    )
    said = set(re.findall(r'record\("agreement\.(\w+)"', sources))
    return said | {f"signed_by_{side}" for side in Side} | set(AgreementState) - {"initiated"}


KINDS = {
    "agreement_state": lambda: set(AgreementState),
    "cooperation": lambda: set(COOPERATIONS),
    "cap_period": lambda: set(CapPeriod),
    "level": lambda: set(LEVELS),
    "need": lambda: set(EXCLUDING),
    "use_why": reasons_not_to_use,
    "agreement_field": fields_of_agreements,
    "agreement_deed": deeds,
    "agreement_fault": faults,
    "agreement_fate": lambda: set(agreement_files.KINDS),
}
