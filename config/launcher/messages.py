"""Finds what lacks a translation, and compiles what has one, with Babel: no machine needs gettext."""

from __future__ import annotations

import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

from config.launcher import wanted
from config.launcher.errors import Stopped, told
from config.launcher.places import ROOT

SOURCES = "LC_MESSAGES/django.po"


def catalogues() -> list[Path]:
    """Every catalogue of the product: the root's, and each app's own."""
    folders = [ROOT / "locale", *ROOT.glob("[a-z]*/locale"), *ROOT.glob("[a-z]*/[a-z]*/locale")]
    outside = {ROOT / "node_modules", ROOT / ".venv"}
    return sorted(
        path
        for folder in folders
        if not outside & set(folder.parents)
        for path in folder.glob(f"*/{SOURCES}")
    )


def compile_all() -> int:
    """Compile what changed and answer how many; raises Stopped that names a file that cannot be read."""
    stale = [path for path in catalogues() if _is_stale(path)]
    for path in stale:
        _compile(path)
    return len(stale)


def _is_stale(source: Path) -> bool:
    target = source.with_suffix(".mo")
    return not target.exists() or target.stat().st_mtime < source.stat().st_mtime


def _compile(source: Path) -> None:
    try:
        with source.open("rb") as file:
            catalogue = read_po(file, abort_invalid=True)
    except (PoFileError, UnicodeDecodeError) as error:
        raise Stopped(f"{source} is no readable catalogue: {error}.") from error
    fresh = source.with_suffix(".mo.new")
    with fresh.open("wb") as file:
        write_mo(file, catalogue)
    fresh.rename(source.with_suffix(".mo"))


def main(_argv: list[str]) -> int:
    """Bring the screens' catalogues up to date, name what they lack, compile; 1 while they lack any."""
    lacking = 0
    for catalogue in sorted((ROOT / "locale").glob(f"*/{SOURCES}")):
        empty = wanted.merge(catalogue)
        lacking += len(empty)
        print(f"{catalogue.relative_to(ROOT)} lacks {len(empty)} sentences")
        print("".join(f"  {sentence}\n" for sentence in empty), end="")
    print(f"{compile_all()} of {len(catalogues())} catalogues compiled")
    return int(bool(lacking))


if __name__ == "__main__":
    sys.exit(told(main, sys.argv[1:]))
