"""How many examples a property of the law is tried on."""

from hypothesis import settings

ORDINARY = 100
"""Examples of Hypothesis's own profile; a profile with fewer makes every count smaller in proportion."""


def tried(count: int) -> settings:
    """Settings for so many examples under the ordinary profile."""
    return settings(max_examples=count * settings.default.max_examples // ORDINARY, deadline=None)
