"""The embedded server takes a quarter of the memory that there is, within bounds."""

from pathlib import Path

import pytest

from config.launcher import memory
from config.launcher.memory import MEGABYTE, share

GIGABYTE = 1024 * MEGABYTE


@pytest.fixture
def container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that tells what a container may use."""
    file = tmp_path / "memory.max"
    monkeypatch.setattr(memory, "GROUP_LIMIT", file)
    return file


@pytest.mark.parametrize(
    ("there_is", "taken"), [(GIGABYTE, 256), (GIGABYTE // 4, 128), (64 * GIGABYTE, 2048)]
)
def test_a_quarter_is_taken_between_the_least_and_the_most(
    monkeypatch: pytest.MonkeyPatch, there_is: int, taken: int
) -> None:
    monkeypatch.setattr(memory, "memory", lambda: there_is)
    assert share(1 / 4, least=128, most=2048) == taken


def test_a_containers_limit_counts_where_it_is_less_than_the_machine_has(container: Path) -> None:
    container.write_text("max\n")
    whole = memory.memory()
    container.write_text(f"{64 * MEGABYTE}\n")
    assert memory.memory() == 64 * MEGABYTE < whole
    container.write_text(f"{2 * whole}\n")
    assert memory.memory() == whole


def test_a_machine_that_is_no_container_tells_its_own(container: Path) -> None:
    assert memory.memory() > 0
    assert not container.exists()
