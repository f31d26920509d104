"""`make mutate`: changes the law in thousands of small ways, and asks of each whether a test notices it."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from config.launcher import suite
from config.launcher.errors import Stopped, told
from config.launcher.places import ROOT
from config.launcher.steps import say, step

if TYPE_CHECKING:
    from collections.abc import Iterable

LAW = Path("brokering") / "law"
CLASSIFIED = ROOT / "docs" / "mutation.toml"
MUTMUT = str(Path(sys.executable).parent / "mutmut")
LEFT_OUT = shutil.ignore_patterns(".*", "node_modules", "__pycache__", "staticfiles")
LOOKED_THROUGH = ("staticmethod", "classmethod")
"""The decorators that mutmut looks through by itself."""
STATUSES: dict[int | None, str] = {
    0: "survived",
    1: "killed",
    3: "killed",
    5: "survived",
    33: "survived",
}
"""What mutmut's exit codes mean (5 and 33: no test calls the function)."""
TIMEOUTS = (24, -24, 36, 152, 255)
LAST_LINES = 40


class Change(NamedTuple):
    """What a mutant changes in which function; the same for mutants that do the same to equal lines."""

    function: str
    before: str
    after: str


def main(argv: list[str]) -> int:
    """Mutate the whole law, or the modules named; 1 when the survivors are not those that are classified."""
    modules = argv or sorted(path.stem for path in (ROOT / LAW).glob("[!_]*.py"))
    if missing := [name for name in modules if not (ROOT / LAW / f"{name}.py").exists()]:
        raise Stopped(f"There is no {', '.join(missing)} in {LAW}.")
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="vardbryggan-mutants-") as folder:
        copy = Path(folder) / "product"
        with step("Copy of the product"):
            _copy_to(copy)
        with step("Mutants"):
            _run_mutmut(copy, modules)
        statuses = _statuses(copy, modules)
        survived = {
            _change(copy, name) for name, status in statuses.items() if status == "survived"
        }
    _tell(Counter(statuses.values()), minutes=(time.monotonic() - started) / 60)
    return int(differs(survived, classified(modules)))


def spelled_out(source: str) -> str:
    """The same module with every decorator of a function written as the assignment that it stands for.

    mutmut leaves decorated functions alone: it would change no property and nothing that is cached.
    """
    lines = source.splitlines()
    functions = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    for function in sorted(functions, key=lambda node: node.lineno, reverse=True):
        decorators = [ast.unparse(decorator) for decorator in function.decorator_list]
        if decorators and decorators[0] not in LOOKED_THROUGH:
            made = "(".join([*decorators, function.name]) + ")" * len(decorators)
            indent = " " * function.col_offset
            lines.insert(function.end_lineno or 0, f"{indent}{function.name} = {made}")
            del lines[function.decorator_list[0].lineno - 1 : function.lineno - 1]
    return "\n".join(lines) + "\n"


def _copy_to(copy: Path) -> None:
    shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
    for path in (copy / LAW).glob("*.py"):
        path.write_text(spelled_out(path.read_text(encoding="utf-8")), encoding="utf-8")


def _run_mutmut(copy: Path, modules: list[str]) -> None:
    env = {name: value for name, value in os.environ.items() if name not in suite.PRODUCTS}
    patterns = [f"brokering.law.{name}.*" for name in modules]
    log = copy.parent / "mutmut.log"
    with log.open("wb") as output:
        done = subprocess.run(
            [MUTMUT, "run", *patterns],
            cwd=copy,
            env=env,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        raise Stopped("\n".join(["mutmut could not go on:", *lines[-LAST_LINES:]]))


def _statuses(copy: Path, modules: list[str]) -> dict[str, str]:
    """Every mutant's name, and what became of it; raises Stopped for what mutmut could not decide."""
    codes: dict[str, int | None] = {}
    for name in modules:
        results = copy / "mutants" / LAW / f"{name}.py.meta"
        codes |= json.loads(results.read_text(encoding="utf-8"))["exit_code_by_key"]
    statuses = {
        name: "timeout" if code in TIMEOUTS else STATUSES.get(code, "undecided")
        for name, code in codes.items()
    }
    if undecided := [name for name, status in statuses.items() if status == "undecided"]:
        raise Stopped(f"mutmut could not decide: {', '.join(undecided)}")
    return statuses


def _change(copy: Path, mutant: str) -> Change:
    shown = subprocess.run(
        [MUTMUT, "show", mutant], cwd=copy, check=True, text=True, capture_output=True
    )
    lines = shown.stdout.splitlines()
    function = mutant.partition("__mutmut_")[0].replace(".x_", ".").replace(".xǁ", ".")
    return Change(
        function.replace("ǁ", "."),
        _joined(line for line in lines if line.startswith("-") and not line.startswith("---")),
        _joined(line for line in lines if line.startswith("+") and not line.startswith("+++")),
    )


def _joined(lines: Iterable[str]) -> str:
    return " ".join(line[1:].strip() for line in lines)


def listed() -> list[dict[str, str]]:
    """The changes of docs/mutation.toml as they stand there, each with its reason (`why`)."""
    table: dict[str, list[dict[str, str]]] = tomllib.loads(CLASSIFIED.read_text(encoding="utf-8"))
    return table["equivalent"]


def classified(modules: list[str]) -> set[Change]:
    """The survivors that are known to change nothing, in the modules asked for."""
    prefixes = tuple(f"brokering.law.{name}." for name in modules)
    known = (Change(one["function"], one["before"], one["after"]) for one in listed())
    return {change for change in known if change.function.startswith(prefixes)}


def _tell(counted: Counter[str], *, minutes: float) -> None:
    noticed = counted["killed"] + counted["timeout"]
    total = counted.total()
    say(
        f"{total} mutants: {counted['killed']} killed, {counted['timeout']} timeouts, "
        f"{counted['survived']} survived; {noticed / max(total, 1):.1%} noticed, in {minutes:.0f} min."
    )


def differs(survived: set[Change], classified: set[Change]) -> bool:
    """Say what is not as docs/mutation.toml has it; whether there was anything to say."""
    for title, changes in (
        ("Survived, and is not classified:", survived - classified),
        ("Is classified, and did not survive:", classified - survived),
    ):
        for change in sorted(changes):
            say(f"\n{title}\n  {change.function}\n- {change.before}\n+ {change.after}")
    return survived != classified


if __name__ == "__main__":
    sys.exit(told(main, sys.argv[1:]))
