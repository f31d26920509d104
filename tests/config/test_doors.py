"""The doors of the product: one port for everything, or one for HTTP and one for live connections."""

import pytest

from config.launcher import doors, processes
from config.launcher.errors import Stopped
from tests.accounts.processes import relay


@pytest.fixture
def ports(monkeypatch, tmp_path):
    """Any free port; data of its own."""
    monkeypatch.setenv("VARDBRYGGAN_DATA", str(tmp_path))
    monkeypatch.setenv("PORT", "0")
    monkeypatch.delenv("LIVE_PORT", raising=False)
    return monkeypatch


def servers(opened: doors.Doors) -> dict[str, str]:
    """Which program answers, by the name of the process."""
    return {one.name: one.argv[2] for one in processes.table(opened) if "-m" in one.argv}


def test_on_one_port_the_same_processes_answer_http_and_live_connections(ports):
    with doors.opened() as opened:
        found = servers(opened)
        assert opened.live_address == f"ws://{opened.address.removeprefix('http://')}live/"
    assert {name: found[name] for name in found if name.startswith(("web", "live"))} == {
        "web-1": "uvicorn",
        "web-2": "uvicorn",
    }


def test_with_a_port_for_live_connections_gunicorn_answers_http_as_on_servers(ports):
    ports.setenv("LIVE_PORT", "0")
    with doors.opened() as opened:
        found = servers(opened)
        assert len(set(opened.numbers)) == 2
        assert opened.live_address.removeprefix("ws") not in opened.address
    assert (found["web"], found["live"]) == ("gunicorn", "uvicorn")


@pytest.mark.parametrize("variable", ["PORT", "LIVE_PORT"])
def test_a_port_that_is_no_port_is_said_by_its_variable(ports, variable):
    ports.setenv(variable, "many")
    with pytest.raises(Stopped, match=rf"^{variable} is 'many'"), doors.opened():
        pass


def test_a_port_that_is_taken_is_said_before_anything_starts(ports):
    with doors.opened() as first:
        ports.setenv("PORT", str(first.http.getsockname()[1]))
        with pytest.raises(Stopped, match="cannot be used"), doors.opened():
            pass


def test_that_the_relay_works_is_said_at_every_level_of_the_log(database):
    with relay(LOG_LEVEL="ERROR") as one:
        assert one.said().strip() == "relay ready"
