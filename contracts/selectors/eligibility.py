"""Which needs shut somebody out anywhere, as agreements in force name them."""

from accounts.database.statements import tuples_of

EXCLUDED = """
    SELECT DISTINCT unnest(l.excluded_needs) AS need FROM contracts_lot l
    JOIN contracts_agreement a ON a.id = l.agreement_id
    WHERE l.qualified AND a.state = 'active' AND l.excluded_needs <> '{}' ORDER BY need
"""


def excluding_needs() -> list[str]:
    """Codes, each once."""
    return [code for (code,) in tuples_of(EXCLUDED, {})]
