"""The law is changed in a copy whose decorators are written out; only what is classified may survive."""

import pytest

from config.launcher import mutate
from config.launcher.errors import Stopped

DECORATED = """
class Facts:
    @property
    def is_home(self):
        return True

    @staticmethod
    def of(row):
        return row


@cache
@told("twice")
def why(code):
    return code


def plain():
    return 1
"""
SPELLED_OUT = """
class Facts:
    def is_home(self):
        return True
    is_home = property(is_home)

    @staticmethod
    def of(row):
        return row


def why(code):
    return code
why = cache(told('twice')(why))


def plain():
    return 1
"""
KNOWN = mutate.Change("brokering.law.payer.payer", "return a", "return b")


def test_a_decorator_is_written_as_the_assignment_that_it_stands_for() -> None:
    assert mutate.spelled_out(DECORATED) == SPELLED_OUT


@pytest.mark.parametrize(
    ("survived", "classified", "said"),
    [
        ({KNOWN}, {KNOWN}, ""),
        ({KNOWN}, set(), "Survived, and is not classified:"),
        (set(), {KNOWN}, "Is classified, and did not survive:"),
    ],
)
def test_survivors_and_the_classified_list_must_be_the_same(
    survived: set[mutate.Change],
    classified: set[mutate.Change],
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert mutate.differs(survived, classified) == bool(said)
    assert said in capsys.readouterr().out


def test_a_module_that_the_law_has_not_is_named() -> None:
    with pytest.raises(Stopped, match="There is no tariff in"):
        mutate.main(["tariff"])


def test_every_classified_change_says_why_it_changes_nothing() -> None:
    modules = [path.stem for path in (mutate.ROOT / mutate.LAW).glob("*.py")]
    listed = mutate.listed()
    assert len(mutate.classified(modules)) == len(listed)
    assert all(len(one["why"]) > 20 for one in listed)
