"""The import contracts catch what they say: each is broken once in a copy of the tree."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config.launcher.places import ROOT

APPS = ("config", "insight", "brokering", "contracts", "providers", "accounts")
LINT = Path(sys.executable).parent / "lint-imports"
WRONG = {
    "an app that points back": (
        "accounts/roles.py",
        "from providers.codes import HsaId",
        "Imports between the apps point one way",
    ),
    "a room that imports from a room above it": (
        "brokering/selectors/places.py",
        "from brokering.actions.moves import move",
        "each room imports only from rooms below it, and there are no other rooms",
    ),
    "a module that is in no room": (
        "brokering/utils.py",
        "def anything() -> None: ...",
        "each room imports only from rooms below it, and there are no other rooms",
    ),
    "a framework in the law": (
        "brokering/law/duty.py",
        "from django.utils import timezone",
        "know no framework and no database",
    ),
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The code alone, in a folder of its own."""
    for app in APPS:
        ignored = shutil.ignore_patterns("__pycache__", "locale", "data", "*.toml")
        shutil.copytree(ROOT / app, tmp_path / app, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def linted(tree: Path) -> subprocess.CompletedProcess[str]:
    """What `make check` says of the import contracts of a tree."""
    return subprocess.run(
        [LINT, "--no-cache"],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
        capture_output=True,
        text=True,
    )


def test_the_tree_keeps_every_contract(copy: Path) -> None:
    done = linted(copy)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("file", "line", "contract"), WRONG.values(), ids=WRONG)
def test_it_is_caught(copy: Path, file: str, line: str, contract: str) -> None:
    with (copy / file).open("a", encoding="utf-8") as module:
        module.write(f"\n{line}\n")
    done = linted(copy)
    assert done.returncode == 1, done.stdout
    assert f"{contract} BROKEN" in " ".join(done.stdout.split())
