"""What the launcher says when it cannot go on, and what it never does."""

import errno
import os
import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from config.launcher import environment, errors, lock, messages, virtualenv
from config.launcher.errors import Stopped, told
from config.launcher.places import ROOT

BARE = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}


def launched(*argv: str, folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *argv],
        cwd=ROOT,
        env={**BARE, "VARDBRYGGAN_DATA": str(folder), **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_taken_port_is_said_in_one_sentence(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        done = launched("-m", "config.launcher.run", folder=tmp_path, PORT=port)
    assert done.returncode == 1
    assert f"Port {port} on 127.0.0.1 cannot be used" in done.stderr
    assert done.stderr.count("\n") == 2
    assert done.stdout == ""


def test_a_port_that_is_no_number_is_said_in_one_sentence(tmp_path):
    done = launched("-m", "config.launcher.run", folder=tmp_path, PORT="web")
    assert (done.returncode, done.stderr) == (
        1,
        "\nPORT is 'web'; it must be a number up to 65535.\n",
    )


def test_a_full_disk_is_said_in_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(errors.shutil, "disk_usage", lambda folder: SimpleNamespace(free=1_000_000))
    with pytest.raises(Stopped, match=rf"^The disk is full: .*{tmp_path}"):
        errors.refuse_full_disk(tmp_path / "not" / "made")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_that_fills_up_on_the_way_is_said_in_one_sentence(number, capsys):
    def fills(_argv: list[str]) -> int:
        raise OSError(number, "No space left on device", "/data/pg18")

    assert told(fills, []) == 1
    assert capsys.readouterr().err.strip().startswith("The disk is full: make room")


def test_a_python_without_venv_is_told_what_to_install(monkeypatch):
    monkeypatch.setattr(virtualenv.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(Stopped, match=r"apt-get install python3\.\d+-venv"):
        virtualenv._create()


def test_external_servers_need_the_address_of_every_role(monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://app@db/vardbryggan")
    monkeypatch.delenv("DATABASE_RELAY_URL")
    with pytest.raises(Stopped, match="DATABASE_RELAY_URL must be set too"):
        environment.missing_servers()


def test_only_the_servers_that_are_not_named_are_started(monkeypatch):
    assert environment.missing_servers() == []
    monkeypatch.delenv("REDIS_URL")
    assert environment.missing_servers() == ["valkey"]


def test_the_bootstrap_runs_on_a_bare_python(tmp_path):
    done = launched("-S", "-m", "config.launcher", folder=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: python3 -m config.launcher COMMAND")


def test_a_command_that_opens_no_connection_starts_no_server(tmp_path):
    folder = tmp_path / "data"
    done = launched("manage.py", "check", folder=folder)
    assert done.returncode == 0
    assert sorted(path.name for path in folder.iterdir()) == ["keys.json", "valkey.json"]


def test_a_deployment_without_a_database_fails_loudly_instead_of_starting_one(tmp_path):
    done = launched("manage.py", "check", folder=tmp_path / "data", SECRET_KEY="real", DEBUG="0")
    assert done.returncode != 0
    assert "DATABASE_URL is not set" in done.stderr
    assert not (tmp_path / "data").exists()


def test_the_secret_keys_of_a_data_folder_are_made_once_and_for_its_owner_alone(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("VARDBRYGGAN_DATA", str(tmp_path))
    first = environment.attach.keys()
    assert environment.attach.keys() == first
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600


def test_a_catalogue_that_cannot_be_read_is_named(tmp_path):
    broken = tmp_path / "django.po"
    broken.write_text('msgid "a"\nnonsense\n')
    with pytest.raises(Stopped, match=f"^{broken} is no readable catalogue"):
        messages._compile(broken)


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_locks_name_no_address_and_give_the_reason_of_each_direct_dependency(name):
    content = (ROOT / name).read_text()
    assert "://" not in content
    direct = (ROOT / name.replace(".txt", ".in")).read_text().splitlines()
    names = [found[1] for line in direct if (found := lock.REASON.match(line))]
    assert names
    for package in names:
        assert f"\n{lock._normal(package.partition('[')[0])}" in content
    assert lock.with_reasons(content, {}) == content


def test_both_locks_pin_the_same_versions():
    tools = (ROOT / "requirements-dev.txt").read_text().splitlines()
    pins = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if "==" in line]
    assert [line for line in pins if line not in tools] == []
