"""The whole product as processes: it answers, and what dies is started again."""

import json
import time
import urllib.error
import urllib.request

from tests.live import LiveStack


def answer(live_stack: LiveStack, path: str) -> bytes:
    with urllib.request.urlopen(live_stack.address + path, timeout=20) as response:
        return response.read()


def test_the_running_product_is_ready_when_database_and_valkey_answer(
    database, live_stack: LiveStack
):
    assert json.loads(answer(live_stack, "readyz")) == {
        "postgresql": True,
        "valkey": True,
        "relay": True,
    }


def test_a_killed_web_process_is_started_again_and_no_connection_is_refused_meanwhile(
    database, live_stack: LiveStack
):
    former = live_stack.pid("web-1")
    live_stack.kill("web-1")
    assert answer(live_stack, "healthz") == b"ok"
    live_stack.wait_restarted("web-1", former)


def test_a_killed_worker_is_started_again(database, live_stack: LiveStack):
    former = live_stack.pid("worker")
    live_stack.kill("worker")
    live_stack.wait_restarted("worker", former)


def test_a_killed_valkey_is_back_for_the_web_processes(database, live_stack: LiveStack):
    live_stack.kill_valkey()
    live_stack.wait_ready()
    for _ in range(100):
        if json.loads(answer_even_when_unready(live_stack))["valkey"]:
            return
        time.sleep(0.1)
    raise AssertionError("Valkey did not come back")


def answer_even_when_unready(live_stack: LiveStack) -> bytes:
    try:
        return answer(live_stack, "readyz")
    except urllib.error.HTTPError as error:
        return error.read()
