"""The decision told a second time, straight from the text; shares no code with the law."""

from datetime import date
from typing import Any

LOL_AREAS = {"barnmedicin", "kvinno", "psykiatri", "bup"}
ISSUERS = {"allmanlakare", "specialistlakare", "elevhalsa", "psykolog", "annan"}
EFFECTS = {
    "own_region": "runs",
    "free_choice": "excluded",
    "guarantee_reroute": "runs",
    "inpatient_choice": "unsettled",
}
JOURNEYS = {"own_region": "own_region_rules", "guarantee_reroute": "home_region_rules"}
Row = dict[str, Any]


def mismatched(asked: dict[str, Any]) -> bool:
    """Whether the route contradicts the regions."""
    home, there = asked["patient"]["home_region"], asked["clinic"]["care_region"]
    if home is None or asked["route"] == "guarantee_reroute":
        return False
    return bool((home == there) != (asked["route"] == "own_region"))


def decided(asked: dict[str, Any], area: str) -> dict[str, Any]:
    """Every answer but the reasons; `area` is the catalogue's for the care."""
    home, there = asked["patient"]["home_region"], asked["clinic"]["care_region"]
    route, outside = asked["route"], is_outside(asked)
    at_home, at_care = requirements(asked, area)
    who = payer(asked, at_home)
    return {
        "bookable": bookable(asked, at_home, at_care),
        "must_receive": reception(asked),
        "payer": who,
        "payer_region": {"home_region": home, "care_region": there}.get(who),
        "home_requirement": at_home,
        "care_requirement": at_care,
        "guarantee_effect": "none" if outside or not asked["guarantee"] else EFFECTS[route],
        "travel": JOURNEYS.get(route, "patient"),
        "patient_extra_cost": "none" if route in JOURNEYS else "possible",
    }


def is_outside(asked: dict[str, Any]) -> bool:
    """Outside the marketplace: not publicly funded, or private without a regional agreement."""
    return not asked["clinic"]["publicly_funded"] or asked["clinic"]["regime"] == "private"


def reception(asked: dict[str, Any]) -> str:
    """Open and immediate care elsewhere, and everything in the own region, must be given."""
    if is_outside(asked):
        return "no"
    own = asked["patient"]["home_region"] == asked["clinic"]["care_region"]
    care = asked["care"]
    return "yes" if own or care["immediate"] or care["form"] == "open" else "no"


def is_barred(asked: dict[str, Any]) -> bool:
    """A rule says no for another cause than a missing remiss."""
    route, care = asked["route"], asked["care"]
    inpatient, home = care["form"] == "inpatient", asked["patient"]["home_region"]
    barred_by_route = {
        "own_region": home is None,
        "free_choice": inpatient,
        "guarantee_reroute": home is None or asked["guarantee"] is None,
        "inpatient_choice": not inpatient or care["hospital_level"] in ("regional", "national"),
    }
    return bool(is_outside(asked) or care["immediate"] or barred_by_route[route])


def bookable(asked: dict[str, Any], at_home: str, at_care: str) -> str:
    """No, else approval, else unknown, else yes."""
    elected = asked["route"] == "inpatient_choice"
    if is_barred(asked) or "not_met" in (at_home, at_care):
        return "no"
    if elected and not asked["need_approved_by_home"]:
        return "approval"
    unsure = elected and asked["care"]["hospital_level"] is None
    return "unknown" if unsure or "unknown" in (at_home, at_care) else "yes"


def payer(asked: dict[str, Any], at_home: str) -> str:
    """Question 4, on every route."""
    if is_outside(asked):
        return "patient"
    if asked["patient"]["home_region"] is None:
        return "undecided"
    if asked["route"] == "own_region":
        return "home_region"
    if is_barred(asked):
        return "undecided"
    return "home_region" if asked["route"] == "guarantee_reroute" else across(asked, at_home)


def across(asked: dict[str, Any], at_home: str) -> str:
    """Who pays where the patient has chosen another region."""
    if asked["patient"]["responsibility"] not in ("resident", "protected_registration"):
        return "undecided"
    if asked["route"] == "inpatient_choice":
        return "home_region" if asked["need_approved_by_home"] else "undecided"
    return {"unknown": "undecided", "not_met": "care_region"}.get(at_home, "home_region")


def requirements(asked: dict[str, Any], area: str) -> tuple[str, str]:
    """The home region's and the care region's."""
    home, there = asked["patient"]["home_region"], asked["clinic"]["care_region"]
    if asked["route"] == "guarantee_reroute" and not is_barred(asked):
        return "met", "met"
    at_care = "not_required" if asked["care"]["immediate"] else requirement(asked, there, area)
    if home is None:
        return "unknown", at_care
    if asked["care"]["immediate"]:
        return "not_required", at_care
    if asked["route"] == "inpatient_choice" and asked["need_approved_by_home"]:
        return "met", at_care
    return requirement(asked, home, area), at_care


def requirement(asked: dict[str, Any], region: str, area: str) -> str:
    """One region's requirement by law and rows."""
    care = asked["care"]
    by_doctor = care["kind"] not in ("investigation", "medical_service")
    by_doctor = by_doctor and care["code"] != "beh-psykoterapi"
    if asked["clinic"]["regime"] == "lol" and area in LOL_AREAS and by_doctor:
        return "not_required"
    rows = [row for row in asked["rules"]["rows"] if applies(row, asked, region)]
    if rows:
        return by_rows([row for row in rows if rank(row) == max(map(rank, rows))], asked)
    if care["kind"] == "medical_service":
        return "met" if follows({}, asked) else "not_met"
    complete = region in asked["rules"]["complete"]
    return "not_required" if complete or care["level"] == "primary" else "unknown"


def rank(row: Row) -> tuple[bool, bool, bool, bool]:
    """Site before regime before age before form before care alone."""
    return "site" in row, "regime" in row, has_ages(row), "form" in row


def has_ages(row: Row) -> bool:
    """Whether the row asks for an age."""
    return "age_min" in row or "age_max" in row


def applies(row: Row, asked: dict[str, Any], region: str) -> bool:
    """Whether a row of the region is in force and its conditions hold; an unknown age may hold."""
    care, clinic, on = asked["care"], asked["clinic"], asked["on"]
    facts = {"region": region, "care": care["code"], "form": care["form"], **clinic}
    same = all(row.get(name, facts[name]) == facts[name] for name in ("region", "care", "form"))
    place = all(row.get(name, facts[name]) == facts[name] for name in ("regime", "site"))
    in_force = row.get("valid_from", on) <= on <= row.get("valid_to", on)
    return same and place and in_force and holds_age(row, asked["patient"]["birth_date"], on)


def holds_age(row: Row, born: str | None, on: str) -> bool:
    """Ages are completed years, inclusive."""
    if born is None:
        return True
    years = int(on[:4]) - int(born[:4]) - (on[5:] < born[5:])
    return bool(row.get("age_min", years) <= years <= row.get("age_max", years))


def by_rows(rows: list[Row], asked: dict[str, Any]) -> str:
    """Rows of equal specificity."""
    if has_ages(rows[0]) and asked["patient"]["birth_date"] is None:
        return "unknown"
    required = [row for row in rows if row.get("required", True)]
    if not required:
        return "not_required"
    return "met" if all(follows(row, asked) for row in required) else "not_met"


def follows(row: Row, asked: dict[str, Any]) -> bool:
    """Whether the remiss is there on the day and is what the row asks for."""
    referral = asked["referral"]
    if referral is None or date.fromisoformat(referral["issued_on"]) > date.fromisoformat(
        asked["on"]
    ):
        return False
    accepted = set(row.get("accepted_issuers", ())) & ISSUERS
    listed = not row.get("accepted_issuers") or referral["issuer"] in accepted
    return listed and set(row.get("extra_requirements", ())) <= set(referral["extras"])
