"""The repository keeps its own conventions: sizes, words, reasons, and nothing that points to one machine."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.urls import resolve

from config.celery import QUEUES, app
from config.launcher.places import ROOT
from tests.sharing import FIRST, THE_PRODUCT, WITH_THE_PRODUCT

APPS = ("accounts", "providers", "contracts", "brokering", "insight")
MOST_LINES = 400
LONGEST_FUNCTION = 50
MOST_LINES_OF_A_DECISION = 60
WRITTEN_BY_MACHINES = (
    "static/vendor/",
    "package-lock.json",
    "requirements.txt",
    "requirements-dev.txt",
)
TOP = {
    *(".ci", ".gitignore", ".npmrc", "GLOSSARY.md", "Makefile", "README.md", "manage.py"),
    *("package.json", "package-lock.json", "pyproject.toml"),
    *("requirements.in", "requirements.txt", "requirements-dev.in", "requirements-dev.txt"),
    *("config", "templates", "static", "locale", "tests", "benchmarks", "docs"),
    *APPS,
}
PRIVATE = {
    "a path of one machine": re.compile(r"(?<![\w.])/(?:work|root|home/\w+|Users/\w+)/"),
    "a package index": re.compile(r"--(?:extra-)?index-url[= ]\S|\"resolved\": \"http"),
    "an address with a password": re.compile(
        r"(?:postgres|postgresql|redis)://\w+:(?!\{)\w{6,}@(?!localhost)"
    ),
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
}


@cache
def tracked() -> tuple[Path, ...]:
    """Every file of the repository that is still there."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    return tuple(path for name in listed.split("\0") if name and (path := ROOT / name).is_file())


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def of_kind(*suffixes: str) -> list[Path]:
    """Files that people write, migrations left out: Django writes those."""
    return [
        path
        for path in tracked()
        if path.suffix in suffixes
        and "migrations" not in path.parts
        and not name(path).startswith(WRITTEN_BY_MACHINES)
    ]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def test_nothing_new_stands_at_the_top():
    assert {name(path).partition("/")[0] for path in tracked()} <= TOP


def test_no_file_is_too_long_to_read():
    files = of_kind(".py", ".html", ".css", ".js")
    lengths = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {path: lines for path, lines in lengths.items() if lines > MOST_LINES} == {}


def test_no_function_is_too_long_to_read():
    lengths = {
        f"{name(path)}:{found.name}": (found.end_lineno or 0) - found.lineno + 1
        for path in of_kind(".py")
        if path.relative_to(ROOT).parts[0] != "tests"
        for found in functions(path)
    }
    assert {where: lines for where, lines in lengths.items() if lines > LONGEST_FUNCTION} == {}


def test_a_late_import_says_why():
    found = []
    for path in of_kind(".py"):
        lines = path.read_text(encoding="utf-8").splitlines()
        inside = (node for one in functions(path) for node in ast.walk(one))
        found += [
            f"{name(path)}:{node.lineno}"
            for node in inside
            if isinstance(node, ast.Import | ast.ImportFrom)
            and not re.search(r"# noqa: PLC0415 - \w", lines[node.lineno - 1])
        ]
    assert found == []


def test_every_module_says_in_one_sentence_what_lives_in_it():
    said = {
        name(path): (ast.get_docstring(tree(path)) or "").split("\n\n")[0]
        for path in of_kind(".py")
        if path.read_text(encoding="utf-8").strip()
    }
    assert [path for path, first in said.items() if not re.search(r"[.?!]$", first)] == []
    assert [path for path, first in said.items() if "\n" in first] == []


@pytest.mark.parametrize("file", ["requirements.in", "requirements-dev.in"])
def test_every_dependency_says_what_it_is_for(file):
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    wanted = [line for line in lines if line.strip() and not line.startswith(("#", "-r "))]
    assert [line for line in wanted if not re.search(r"\s# \S.{3,}", line)] == []


@pytest.mark.parametrize(("what", "pattern"), PRIVATE.items(), ids=PRIVATE)
def test_no_file_holds(what, pattern):
    own = Path(__file__).resolve()
    found = [
        f"{name(path)}: {hit.group()}"
        for path in tracked()
        if path.suffix
        in {".py", ".md", ".toml", ".txt", ".in", ".json", ".sql", ".html", ".js", ""}
        and path != own
        and (hit := pattern.search(path.read_text(encoding="utf-8", errors="ignore")))
    ]
    assert found == [], what


def tasks() -> list[str]:
    app.loader.import_default_modules()
    return sorted(task for task in app.tasks if task.partition(".")[0] in APPS)


def test_every_task_goes_to_a_queue_that_there_is():
    assert tasks()
    routed = {task: app.amqp.router.route({}, task)["queue"].name for task in tasks()}
    assert {task: queue for task, queue in routed.items() if queue not in QUEUES} == {}


def test_what_is_routed_or_scheduled_is_a_task():
    named = {*app.conf.task_routes, *(entry["task"] for entry in app.conf.beat_schedule.values())}
    assert named <= set(tasks())


def test_queues_are_named_in_one_place():
    named = re.compile(r"queue\s*=\s*[\"']|[\"']queue[\"']\s*:|--queues[= ]\w")
    found = [name(path) for path in of_kind(".py") if named.search(path.read_text("utf-8"))]
    assert set(found) <= {"config/celery.py", name(Path(__file__).resolve())}


def test_a_decision_is_one_page():
    pages = [path for path in tracked() if name(path).startswith("docs/decisions/")]
    long = {name(page): len(page.read_text("utf-8").splitlines()) for page in pages}
    assert {page: n for page, n in long.items() if n > MOST_LINES_OF_A_DECISION} == {}


def table(file: str, heading: str) -> list[list[str]]:
    """The cells of the first table after a heading."""
    text = (ROOT / file).read_text(encoding="utf-8").partition(heading)[2]
    lines = re.search(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert lines is not None
    return [line.strip("|\n ").split("|") for line in lines.group().splitlines(True)[2:]]


def quoted(cell: str) -> list[str]:
    return [one for one in re.findall(r"`([^`]+)`", cell) if "…" not in one]


def test_the_table_of_where_a_line_goes_names_only_what_there_is():
    named = [
        one for row in table("README.md", "## Where does a line go?") for one in quoted(row[1])
    ]
    paths = [one for one in named if "/" in one]
    assert len(paths) > 10
    assert [path for path in paths if not _is_there(path)] == []
    words = {one.rpartition(".")[2] for one in named if re.fullmatch(r"(\w+\.)?[A-Z]\w+", one)}
    assert words
    assert words <= classes() | constants()


def _is_there(path: str) -> bool:
    """A file or folder, or, from the root, an address of the product."""
    if path.startswith("/"):
        return bool(resolve(path))
    pattern = path.rstrip("/").replace("<app>", "*")
    return any(ROOT.glob(pattern))


@cache
def classes() -> set[str]:
    nodes = (node for path in of_kind(".py") for node in ast.walk(tree(path)))
    return {node.name for node in nodes if isinstance(node, ast.ClassDef)}


@cache
def constants() -> set[str]:
    lines = "\n".join(path.read_text("utf-8") for path in of_kind(".py"))
    return set(re.findall(r"^([A-Z][A-Z_]+)\b.* = ", lines, re.MULTILINE))


def test_the_glossary_uses_the_words_of_the_code():
    code = "\n".join(
        path.read_text("utf-8") for path in of_kind(".py") if name(path).partition("/")[0] in APPS
    )
    words = set(re.findall(r"\w+", code))
    named = [
        part
        for row in table("GLOSSARY.md", "# Glossary")
        for one in quoted(row[1])
        for part in one.split(".")
    ]
    assert [word for word in named if word not in words] == []


def test_every_link_between_documents_leads_somewhere():
    dead = [
        f"{name(page)}: {link}"
        for page in of_kind(".md")
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
        if not (page.parent / link).exists()
    ]
    assert dead == []


def test_every_file_that_the_suite_puts_first_or_together_is_there():
    named = {*FIRST, *WITH_THE_PRODUCT} - {THE_PRODUCT}
    assert [one for one in named if not (ROOT / one).exists()] == []
