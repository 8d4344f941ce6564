"""What the gateway does for clients: limits, errors, a log.

HAProxy is real and runs the configuration in `deploy/`. The service behind it is real too, except where a test needs a
replica that breaks off.
"""

import json
import socket
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import httpx
import numpy as np
import openai
import pytest
from tritonclient.http import InferenceServerClient, InferInput
from tritonclient.utils import InferenceServerException

from tests.deploy.fronts import MOST_BYTES, Front, ask, assert_problem, breaking_replica
from tests.gateway import gateway, needs_haproxy
from tests.processes import PATIENCE_S, wait_until

pytestmark = needs_haproxy


def test_gateway_answers_413_with_the_limit_when_a_body_is_too_large(client: httpx.Client) -> None:
    answer = client.post("/generate", json={"seeds": [1] * MOST_BYTES})
    assert_problem(answer, 413, "/problems/body-too-large")
    assert str(MOST_BYTES) in answer.json()["detail"]


def test_gateway_answers_in_the_protocol_of_the_path(client: httpx.Client, tmp_path: Path) -> None:
    assert_dialects(lambda path: client.post(path, content=b" " * (MOST_BYTES + 1)), 413, "body_too_large")
    assert_dialects(lambda path: client.get(path, headers={"X-Much": "m" * 9000}), 431)
    assert_dialects(lambda path: client.get(path + "%0a"), 400, "bad_request")
    with gateway(tmp_path / "none.log", GATEWAY_REQUESTS_PER_10S="9") as alone, alone.client() as asking:
        assert_dialects(asking.post, 503)
        assert_dialects(asking.get, 503)
        for _ in range(3):
            asking.get("/metrics")
        assert_dialects(asking.get, 429, "quota_exceeded")
    with gateway(tmp_path / "broken.log") as before, breaking_replica(before):
        for ask in (httpx.post, httpx.get):  # on new connections
            assert_dialects(lambda path, ask=ask: ask(before.url + path, timeout=PATIENCE_S), 502)  # type: ignore[misc]


def assert_dialects(ask: Callable[[str], httpx.Response], status: int, code: str | None = None) -> None:
    """Assert that an error has the shape of the protocol of each path, as the service's own errors have it."""
    problem, refused, triton = (
        ask(path) for path in ("/v10/models", "/v1/images/generations", "/v2/models/digits/infer")
    )
    assert_problem(problem, status, f"/problems/{code.replace('_', '-')}" if code else "about:blank")
    assert {refused.status_code, triton.status_code} == {status}
    assert {each.headers["content-type"] for each in (refused, triton)} == {"application/json"}
    detail = problem.json()["detail"]
    assert triton.json() == {"error": detail}
    wanted = {"message": detail, "type": "invalid_request_error" if status < 500 else "server_error", "param": None}
    error = refused.json()["error"]
    assert wanted.items() < error.items()
    assert error["code"] == (code or problem.json()["title"].lower().replace(" ", "_"))


def test_clients_show_the_message_of_the_gateway(front: Front) -> None:
    with pytest.raises(openai.APIStatusError, match="the body may have at most") as refused:
        api = openai.OpenAI(base_url=f"{front.gateway.url}/v1", api_key="none", max_retries=0)
        api.images.generate(prompt="4" * (MOST_BYTES + 1))
    assert refused.value.code == "body_too_large"
    with InferenceServerClient(front.gateway.url.removeprefix("http://")) as triton:
        latent = InferInput("latent", [MOST_BYTES], "FP32")
        latent.set_data_from_numpy(np.zeros(MOST_BYTES, np.float32))
        with pytest.raises(InferenceServerException, match="the body may have at most"):
            triton.infer("digits", [latent])


def test_gateway_answers_431_when_headers_are_too_large(client: httpx.Client) -> None:
    assert client.get("/health/ready", headers={"X-Much": "m" * 7000}).status_code == 200
    assert_problem(client.get("/health/ready", headers={"X-Much": "m" * 9000}), 431, "about:blank")


def test_gateway_answers_429_only_to_the_client_over_its_limit(tmp_path: Path) -> None:
    with gateway(tmp_path / "access.log", GATEWAY_REQUESTS_PER_10S="5") as limited:
        eager, other = (httpx.HTTPTransport(local_address=address) for address in ("127.0.0.5", "127.0.0.6"))
        with httpx.Client(base_url=limited.url, transport=eager, timeout=PATIENCE_S) as asking:
            answers = [asking.get("/metrics") for _ in range(7)]
        with httpx.Client(base_url=limited.url, transport=other, timeout=PATIENCE_S) as asking:
            assert_problem(asking.get("/metrics"), 404, "/problems/not-found")
    assert [answer.status_code for answer in answers] == [404] * 5 + [429] * 2
    assert_problem(answers[-1], 429, "/problems/quota-exceeded")
    assert answers[-1].headers["retry-after"] == "10"


def test_gateway_limits_the_connections_of_a_client(tmp_path: Path) -> None:
    with gateway(tmp_path / "access.log", GATEWAY_CONNECTIONS="3") as limited, ExitStack() as held:
        *kept, refused = [
            held.enter_context(limited.client()) for _ in range(4)
        ]  # opened before the limit: HAProxy closes idle ones
        assert [each.get("/metrics").status_code for each in kept] == [404] * 3
        with pytest.raises(httpx.TransportError):
            refused.get("/metrics")


HEAD = b"POST /generate HTTP/1.1\r\nHost: a\r\n"


def told(front: Front, sent: bytes) -> tuple[str, str]:
    """Send bytes and nothing more; return the status and the media type of the answer."""
    host, port = front.gateway.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE_S) as client:
        client.sendall(sent)
        head, _, body = b"".join(iter(lambda: client.recv(65536), b"")).decode().partition("\r\n\r\n")
    status, *lines = head.lower().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    if headers["content-type"] == "application/problem+json":
        assert json.loads(body)["status"] == int(status.split()[1])
    return status.split()[1], headers["content-type"]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (HEAD, "408"),
        (b"NONSENSE\r\n\r\n", "400"),
        (HEAD + b"Content-Length: x\r\n\r\n", "400"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nnonsense\r\n", "400"),
    ],
    ids=["does not end", "no request", "no length", "no chunk"],
)
def test_haproxy_answers_by_itself_when_a_request_is_unreadable(front: Front, sent: bytes, status: str) -> None:
    assert told(front, sent) == (status, "text/html")


def test_gateway_answers_with_a_problem_when_a_body_does_not_end(front: Front) -> None:
    assert told(front, HEAD + b"Content-Length: 9\r\n\r\nabc") == ("408", "application/problem+json")


def test_gateway_sends_retry_after_when_no_replica_is_ready(tmp_path: Path) -> None:
    with gateway(tmp_path / "access.log") as alone:
        answer = httpx.get(f"{alone.url}/images/1.png", timeout=PATIENCE_S)
    assert_problem(answer, 503, "about:blank")
    assert answer.headers["retry-after"] == "1"


def test_request_id_and_trace_reach_the_replica(tmp_path: Path) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    with gateway(tmp_path / "access.log") as before, breaking_replica(before) as got:
        given = ask(before, {"X-Request-Id": "mine", "traceparent": trace, "tracestate": "a=b"})
        assert given.headers["x-request-id"] == got[-1]["x-request-id"] == "mine"
        assert (got[-1]["traceparent"], got[-1]["tracestate"]) == (trace, "a=b")
        made = ask(before, {"X-Request-Id": 'not "usable" here', "X-Forwarded-For": "10.0.0.1"})
        assert len(made.headers["x-request-id"]) == 36
        assert made.headers["x-request-id"] == got[-1]["x-request-id"]
        assert got[-1].get_list("x-forwarded-for") == ["127.0.0.1"]


def test_gateway_logs_each_request_as_a_line_of_json(front: Front, client: httpx.Client) -> None:
    request_id = 'a"b\\c'
    client.get("/images/3.png?scale=2", headers={"X-Request-Id": request_id})

    def lines() -> list[dict[str, object]]:
        written = map(json.loads, front.gateway.log.read_text().splitlines())
        return [line for line in written if line["request_id"] == request_id]

    wait_until(lambda: bool(lines()))
    [line] = lines()
    assert (line["method"], line["path"], line["status"]) == ("GET", "/images/3.png", 200)
    assert (line["client"], line["replica"], line["retries"]) == ("127.0.0.1", "replica1", "0")
    assert isinstance(line["duration_ms"], int)


@pytest.mark.parametrize(
    "target",
    [
        *("/metrics", "/%6detrics", "/%6D%65trics", "//metrics", "/./metrics", "/%2e/metrics", "/metrics/"),
        *("/x/../metrics", "/x/%2e%2e/metrics", "/metrics?a=b", "http://a/metrics"),
        *("/a/b/../../metrics", "/a/b/%2e%2e/c/../../metrics", "/../metrics"),
    ],
)
def test_gateway_hides_metrics_however_their_path_is_spelled(front: Front, target: str) -> None:
    request = f"GET {target} HTTP/1.1\r\nHost: a\r\nX-Request-Id: m\r\nConnection: close\r\n\r\n"
    host, port = front.gateway.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE_S) as client:
        client.sendall(request.encode())
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"metrics are read from each replica" in answer


@pytest.mark.parametrize("path", ["/metrics%0a", "/metrics%00", "/digits/7/1.png%0A", "/health/live%7F", "/%1F"])
def test_gateway_answers_400_to_control_characters_in_a_path(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert_problem(answer, 400, "/problems/bad-request")
    assert "x-instance" not in answer.headers


@pytest.mark.parametrize("method", ["GET", "QUERY", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("n_bytes", [10, 1000, 3500])
def test_log_lines_are_whole_json(front: Front, client: httpx.Client, method: str, n_bytes: int) -> None:
    request_id, trace = f"long-{method}-{n_bytes}", '"\\' * (n_bytes // 2)
    path = "/" + "p" * n_bytes
    client.request(method, path, headers={"X-Request-Id": request_id, "traceparent": trace})

    def lines() -> list[dict[str, object]]:
        written = map(json.loads, front.gateway.log.read_text().splitlines())
        return [line for line in written if line["request_id"] == request_id]

    wait_until(lambda: bool(lines()))
    [line] = lines()
    assert (line["method"], line["path"], line["traceparent"]) == (method, path, trace)
