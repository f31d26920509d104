"""The front-end packages are copied from npm's folder, and the pages do without them when they must."""

import json
import shutil
from pathlib import Path

import pytest

from config.launcher import frontend

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with our lock file and nothing fetched."""
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def nobody_answers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))


def pretend_fetched(project: Path) -> None:
    for source in frontend.COPIED.values():
        place = project / "node_modules" / source
        place.parent.mkdir(parents=True, exist_ok=True)
        if place.suffix:
            place.write_text("body {}", encoding="utf-8")
        else:
            place.mkdir(exist_ok=True)


@pytest.mark.skipif(frontend.npm_command(ROOT) is None, reason="there is no npm on this machine")
@pytest.mark.usefixtures("nobody_answers")
def test_an_unreachable_npm_is_one_sentence_and_leaves_empty_style_sheets(project: Path) -> None:
    said = frontend.prepare(project)
    assert said is not None
    assert said.startswith("The front-end packages could not be fetched with npm (")
    assert "\n" not in said
    assert "npm" in (project / "static/vendor/designsystemet.css").read_text(encoding="utf-8")


def test_without_any_npm_it_says_so(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frontend, "npm_command", lambda root: None)
    assert "there is no npm on this machine" in (frontend.prepare(project) or "")


def test_a_failed_start_is_tried_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frontend, "npm_command", lambda root: None)
    frontend.prepare(project)
    monkeypatch.setattr(frontend, "_fetch", lambda root, tests: pretend_fetched(root))
    assert frontend.prepare(project) is None
    assert (project / "static/vendor/designsystemet.css").read_text(encoding="utf-8") == "body {}"


def test_npm_is_not_called_again_until_the_lock_changes(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[Path] = []
    monkeypatch.setattr(
        frontend, "_fetch", lambda root, tests: calls.append(root) or pretend_fetched(root)
    )
    frontend.prepare(project)
    frontend.prepare(project)
    assert len(calls) == 1
    (project / "package-lock.json").write_text("{}", encoding="utf-8")
    frontend.prepare(project)
    assert len(calls) == 2


def test_the_lock_file_names_no_host() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert [name for name, entry in packages.items() if "resolved" in entry] == []
    fetched = [entry for name, entry in packages.items() if name and "inBundle" not in entry]
    assert all("integrity" in entry for entry in fetched)
