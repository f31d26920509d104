"""Questions of `decide` as FHIR writes them: parts, repetitions, and no null."""

KINDS = {"on": "valueDate", "issued_on": "valueDate", "birth_date": "valueDate"}


def parameters(said):
    """The parameters of an object."""
    return [one for name, value in said.items() for one in parameter(name, value)]


def parameter(name, value):
    if isinstance(value, list):
        return [one for item in value for one in parameter(name, item)]
    if isinstance(value, dict):
        parts = parameters(value)
        return [{"name": name, "part": parts} if parts else {"name": name, "valueCode": "none"}]
    if isinstance(value, bool):
        return [{"name": name, "valueBoolean": value}]
    if isinstance(value, int):
        return [{"name": name, "valueInteger": value}]
    return [] if value is None else [{"name": name, KINDS.get(name, "valueString"): value}]


def resource(said):
    return {"resourceType": "Parameters", "parameter": parameters(said)}
