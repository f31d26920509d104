"""The embedded servers: shared by their users, gone after the last one, unharmed by kill -9."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from config.launcher import keeper, postgres, servers, valkey
from config.launcher.accounts import server_account, server_folder
from config.launcher.children import is_alive, processes_in
from config.launcher.errors import DiskFull, Stopped, full_disk
from config.launcher.locks import Lock
from config.launcher.places import LASTING_TEMPORARY, SHARED_TEMPORARY, mark


@pytest.fixture
def folder(tmp_path_factory, monkeypatch) -> Iterator[Path]:
    """A data folder of its own, as durable as a real one."""
    folder = tmp_path_factory.mktemp("data", numbered=True)
    monkeypatch.setenv("VARDBRYGGAN_DATA", str(folder))
    monkeypatch.delenv("VARDBRYGGAN_THROW_AWAY")
    yield folder
    wait_until(lambda: not Lock("postgres-keeper").is_held())
    wait_until(lambda: not Lock("valkey-keeper").is_held())
    for leftover in LASTING_TEMPORARY.glob(f"vardbryggan-{mark()}"):
        postgres.shutil.rmtree(leftover)


def owner() -> psycopg.Connection:
    return psycopg.connect(postgres.url("vardbryggan_owner"), autocommit=True)


def pid_of(name: str) -> int:
    """The server's process: the one in its folder that the others come from."""
    return min(processes_in(server_folder(name)))


def postgres_pid() -> int:
    return int((server_folder("pg18") / "postmaster.pid").read_text().split()[0])


def wait_until(holds, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_last_user_stops_the_server_and_the_data_stay(folder):
    with servers.held(["postgres"]), owner() as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS x")
        pid = postgres_pid()
    wait_until(lambda: not is_alive(pid))
    with servers.held(["postgres"]), owner() as connection:
        assert connection.execute("SELECT x FROM kept").fetchone() == (7,)


def test_a_user_who_leaves_does_not_stop_the_server_of_another(folder):
    with servers.held(["valkey"]):
        with servers.held(["valkey"]):
            pid = pid_of("valkey")
        time.sleep(1)
        assert is_alive(pid)


def test_a_killed_postgresql_is_back_with_everything_committed(folder):
    with servers.held(["postgres"]) as leases:
        with owner() as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS x")
            killed = postgres_pid()
            os.kill(killed, signal.SIGKILL)
        wait_until(lambda: is_back(leases[0], lambda: postgres_pid() != killed))
        with owner() as connection:
            assert connection.execute("SELECT x FROM kept").fetchone() == (7,)


def test_a_killed_valkey_is_back_with_its_keys(folder):
    with servers.held(["valkey"]) as leases:
        client = redis.Redis.from_url(valkey.url())
        client.set("kept", 7)
        killed = pid_of("valkey")
        os.kill(killed, signal.SIGKILL)
        client.close()
        wait_until(lambda: is_back(leases[0], lambda: pid_of("valkey") != killed))
        with redis.Redis.from_url(valkey.url()) as client:
            assert client.get("kept") == b"7"


def is_back(lease: servers.Lease, is_another) -> bool:
    try:
        return lease.is_served() and is_another()
    except (OSError, ValueError):
        return False


def test_a_killed_keeper_takes_its_server_along_and_the_next_user_starts_both(folder):
    with servers.held(["postgres"]) as leases:
        pid = postgres_pid()
        os.kill(leases[0].keeper, signal.SIGKILL)
        wait_until(lambda: not is_alive(pid))
        leases[0].wait()
        with owner() as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_the_pid_file_of_a_dead_server_is_no_hindrance_even_when_its_number_is_alive_again(folder):
    with servers.held(["postgres"]):
        pid_file = server_folder("pg18") / "postmaster.pid"
        content = pid_file.read_text().split("\n", 1)[1]
    wait_until(lambda: not pid_file.exists())
    pid_file.write_text(f"{os.getpid()}\n{content}")
    os.chown(pid_file, *server_account())
    with servers.held(["postgres"]):
        assert postgres_pid() != os.getpid()


def test_a_taken_valkey_port_makes_it_move(folder):
    with socket.create_server(("127.0.0.1", int(valkey.address()["port"]))):
        former = valkey.address()
        with servers.held(["valkey"]), redis.Redis.from_url(valkey.url()) as client:
            assert client.ping()
            assert valkey.address()["port"] != former["port"]


def test_a_missing_program_is_said_in_one_sentence_by_whoever_needs_it(folder, monkeypatch):
    monkeypatch.setenv("PG_BIN", "/nowhere")
    with (
        pytest.raises(Stopped, match="^There is no program `postgres` in /nowhere"),
        servers.held(["postgres"]),
    ):
        raise AssertionError("it started")


def test_a_socket_folder_that_somebody_else_made_is_refused(folder):
    squatted = SHARED_TEMPORARY / f"vardbryggan-{mark()}"
    squatted.mkdir(mode=0o777)
    squatted.chmod(0o777)
    try:
        with pytest.raises(Stopped, match="belongs to somebody else"), servers.held(["postgres"]):
            raise AssertionError("it started")
    finally:
        squatted.rmdir()


def test_the_roles_are_what_the_documented_sql_says(folder):
    with servers.held(["postgres"]):
        postgres.provide_database(postgres.DATABASE)
        with owner() as connection:
            roles = connection.execute(
                "SELECT rolname FROM pg_roles WHERE rolname ~ '^vardbryggan_'"
                " AND rolcanlogin AND NOT rolsuper AND NOT rolbypassrls ORDER BY 1"
            ).fetchall()
        assert [role for (role,) in roles] == sorted(postgres.ROLES.values())


class Shortlived:
    """A server that ends at once, on a disk that is full at its second start."""

    name = title = "valkey"

    def __init__(self) -> None:
        self.starts = 0

    def start(self) -> subprocess.Popen[bytes]:
        self.starts += 1
        if self.starts == 2:
            raise full_disk(Path("/full"))
        return subprocess.Popen(["sleep", "0.3"])

    def is_ready(self) -> bool:
        return True

    def provide(self) -> None:
        """Nothing."""


def test_a_disk_that_is_full_when_a_server_has_died_is_waited_out(folder, monkeypatch):
    server = Shortlived()
    monkeypatch.setitem(keeper.SERVERS, "valkey", lambda: server)
    monkeypatch.setattr(keeper.Keeper, "_is_over", lambda self: False)
    kept = keeper.Keeper("valkey")
    for _ in range(3):
        kept._serve_once()
    assert server.starts == 3


def test_a_disk_that_is_full_at_the_first_start_is_told(folder, monkeypatch):
    server = Shortlived()
    server.starts = 1
    monkeypatch.setitem(keeper.SERVERS, "valkey", lambda: server)
    with pytest.raises(DiskFull, match="The disk is full"):
        keeper.Keeper("valkey")._serve_once()
