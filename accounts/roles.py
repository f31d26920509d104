"""Who may do what: each role is a list of permissions, readable as policy."""

from enum import StrEnum


class Permission(StrEnum):
    """One thing that a person may do inside a tenant."""

    BOOK_FOR_SELF = "book_for_self"
    BOOK_FOR_PATIENT = "book_for_patient"
    SEE_OWN_WAIT = "see_own_wait"
    SEE_WAITING = "see_waiting"
    REROUTE = "reroute"
    SEE_ADDRESSED = "see_addressed"
    PUBLISH = "publish"
    DECIDE_CAPACITY = "decide_capacity"
    DECLARE_EVENT = "declare_event"
    SEE_AGREEMENTS = "see_agreements"
    REFER = "refer"
    EDIT_RULES = "edit_rules"
    EDIT_AGREEMENTS = "edit_agreements"
    RUN_ROUND = "run_round"
    READ_ACCESS_LOG = "read_access_log"


class Role(StrEnum):
    """A person's role in a membership; `patient` needs no tenant."""

    PATIENT = "patient"
    NAVIGATOR = "navigator"
    CLINIC_STAFF = "clinic_staff"
    REFERRING_CLINICIAN = "referring_clinician"
    REGION_ADMINISTRATOR = "region_administrator"
    AUDITOR = "auditor"
    SYSTEM = "system"


PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.PATIENT: frozenset({Permission.BOOK_FOR_SELF, Permission.SEE_OWN_WAIT}),
    Role.NAVIGATOR: frozenset(
        {
            Permission.SEE_WAITING,
            Permission.REROUTE,
            Permission.RUN_ROUND,
            Permission.SEE_AGREEMENTS,
        }
    ),
    Role.CLINIC_STAFF: frozenset(
        {
            Permission.PUBLISH,
            Permission.DECIDE_CAPACITY,
            Permission.SEE_AGREEMENTS,
            Permission.SEE_ADDRESSED,
        }
    ),
    Role.REFERRING_CLINICIAN: frozenset({Permission.REFER, Permission.BOOK_FOR_PATIENT}),
    Role.REGION_ADMINISTRATOR: frozenset(
        {
            Permission.EDIT_RULES,
            Permission.EDIT_AGREEMENTS,
            Permission.DECIDE_CAPACITY,
            Permission.DECLARE_EVENT,
            Permission.SEE_AGREEMENTS,
            Permission.RUN_ROUND,
        }
    ),
    Role.AUDITOR: frozenset({Permission.READ_ACCESS_LOG}),
    # It fetches a provider's own feed in the provider's name.
    Role.SYSTEM: frozenset({Permission.RUN_ROUND, Permission.SEE_WAITING, Permission.PUBLISH}),
}


def permissions_of(roles: frozenset[Role]) -> frozenset[Permission]:
    """Union of what the roles may do."""
    return frozenset().union(*(PERMISSIONS[role] for role in roles))
