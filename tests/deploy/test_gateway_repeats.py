"""What the gateway sends again: what changes nothing, once, if a replica broke off before it answered."""

import json
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from signal import SIGKILL

import httpx
import pytest

from tests.deploy.fronts import Front, ask, assert_problem, breaking_replica
from tests.gateway import gateway, needs_haproxy
from tests.load import load
from tests.processes import wait_until

pytestmark = needs_haproxy


@pytest.mark.parametrize("kills", [1, pytest.param(12, marks=[pytest.mark.slow, pytest.mark.timeout(580)])])
def test_killed_replicas_lose_no_request(front: Front, kills: int) -> None:
    turns, answered_by = count(), set()

    def ask(client: httpx.Client) -> httpx.Response:
        turn = next(turns)
        answer = client.post("/generate", json={"seeds": [turn] * 3}) if turn % 4 else client.get(f"/images/{turn}.png")
        assert answer.status_code == 200, answer.text
        answered_by.add(answer.headers["x-instance"])
        return answer

    with load(front.gateway.url, ask, n_clients=8) as tally:
        for _ in range(kills):
            doomed = front.replica("127.0.0.3")
            front.gateway.set_replicas("127.0.0.2", "127.0.0.3")
            answered_by.clear()
            wait_until(lambda: len(answered_by) == 2)
            doomed.end(SIGKILL)
            tally.wait_for(100)
    print(f"killed {kills} replicas: {tally.answered} answers, {len(tally.failures)} failures")
    assert not tally.failures
    front.gateway.set_replicas("127.0.0.2")


def test_idle_connections_lose_no_post_to_a_killed_replica(front: Front) -> None:
    doomed = front.replica("127.0.0.3")
    front.gateway.set_replicas("127.0.0.2", "127.0.0.3")
    with ExitStack() as held:
        clients = [held.enter_context(front.gateway.client()) for _ in range(20)]
        before = [client.post("/latents", json={"seeds": 1}) for client in clients]
        doomed.end(SIGKILL)
        after = [client.post("/latents", json={"seeds": 1}) for client in clients]
    front.gateway.set_replicas("127.0.0.2")
    assert {answer.headers["x-instance"] for answer in before} == {"replica1", "replica2"}
    assert [answer.status_code for answer in before + after] == [200] * 40
    assert {answer.content for answer in after} == {before[0].content}


def test_gateway_repeats_a_broken_request_once_if_it_changes_nothing(tmp_path: Path) -> None:
    twice = dict.fromkeys(("GET", "HEAD", "OPTIONS", "QUERY", "POST"), 2)
    attempts = twice | dict.fromkeys(("PUT", "PATCH", "DELETE"), 1)
    with gateway(tmp_path / "access.log") as before, breaking_replica(before) as got:
        for method, n in attempts.items():
            answer = ask(before, {"X-Request-Id": method}, method)
            assert answer.status_code == 502
            assert [headers["x-request-id"] for headers in got] == [method] * n
            if method != "HEAD":
                assert_problem(answer, 502, "about:blank")
            got.clear()


def test_gateway_answers_on_a_kept_connection_after_two_attempts(tmp_path: Path) -> None:
    """If it closed the connection instead, many clients would hand the request to a third replica by themselves."""
    with gateway(tmp_path / "access.log") as before, breaking_replica(before) as got, before.client() as client:
        for n in (2, 4, 6):
            assert client.post("/generate", json={"seeds": 1}).status_code == 502
            assert len(got) == n


@pytest.mark.parametrize("status", [429, 500, 503, 504])
def test_gateway_hands_on_what_a_replica_answers(tmp_path: Path, status: int) -> None:
    answered = f"HTTP/1.1 {status} Refused\r\nContent-Length: 0\r\n\r\n".encode()
    with gateway(tmp_path / "access.log") as before, breaking_replica(before, answered) as got:
        for n, method in enumerate(("GET", "QUERY", "POST"), 1):
            assert ask(before, {}, method).status_code == status
            assert len(got) == n


def test_gateway_repeats_no_request_that_takes_too_long(tmp_path: Path) -> None:
    with gateway(tmp_path / "access.log", GATEWAY_TIMEOUT="200ms") as before, breaking_replica(before, None) as got:
        assert_problem(ask(before, {}), 504, "about:blank")
    assert len(got) == 1


@pytest.mark.parametrize(("n_bytes", "attempts"), [(30_000, 2), (33_000, 1)])
def test_gateway_repeats_what_its_buffer_holds(tmp_path: Path, n_bytes: int, attempts: int) -> None:
    with gateway(tmp_path / "access.log") as before, breaking_replica(before) as got:
        assert ask(before, {}, n_bytes=n_bytes).status_code == 502
        assert len(got) == attempts


def test_gateway_repeats_no_request_whose_answer_has_begun(tmp_path: Path) -> None:
    begun = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"
    with gateway(tmp_path / "access.log") as before, breaking_replica(before, begun) as got:
        for n, method in enumerate(("GET", "QUERY", "POST"), 1):
            with pytest.raises(httpx.RemoteProtocolError):
                ask(before, {}, method)
            assert len(got) == n


@pytest.mark.parametrize("method", ["GET", "QUERY", "POST"])
def test_gateway_attempts_little_where_connections_are_refused(tmp_path: Path, method: str) -> None:
    with gateway(tmp_path / "access.log") as before:
        with breaking_replica(before):
            pass  # then its port is closed
        assert_problem(ask(before, {"X-Request-Id": "refused"}, method), 503, "about:blank")

        def retries() -> list[str]:
            written = map(json.loads, before.log.read_text().splitlines())
            return [line["retries"] for line in written if line["request_id"] == "refused"]

        wait_until(lambda: bool(retries()))
    [n] = retries()
    assert int(n) <= 1, "one refused connection takes a replica out"
