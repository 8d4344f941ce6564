"""Knows what Ray is for: the same answers from several nodes, more of them under load, and no end when one dies.

Ray, its nodes, load and deaths are real. They are on this machine alone, in a network namespace of their own, so a dead
node's connections are closed by the kernel; those of a silent one are not. What is done is in the programs beside this.
"""

import base64
import json
import os
import secrets
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cluster.python import python_with_ray
from tests.processes import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(2400)]

REQUESTS: list[dict[str, Any]] = [
    {"method": "GET", "url": "/images/7.png"},
    {"method": "GET", "url": "/numbers/2026/7.png?scale=3"},
    {"method": "GET", "url": "/images/7.png", "headers": {"If-None-Match": "*"}},
    {"method": "GET", "url": "/health/ready"},
    {"method": "POST", "url": "/generate", "json": {"seeds": [1, 2, 3], "labels": [3, 1, 4]}},
    {"method": "QUERY", "url": "/generate", "json": {"seeds": 7, "digits": "2026"}},
    {"method": "POST", "url": "/generate", "json": {"seeds": [-1]}, "headers": {"X-Request-Id": "mine"}},
    {"method": "POST", "url": "/dataset", "json": {"count": 600}, "headers": {"Accept": "application/x-tar"}},
    {
        "method": "POST",
        "url": "/v2/models/digits/infer",
        "json": {"id": "1", "inputs": [{"name": "seed", "shape": [2], "datatype": "INT64", "data": [1, 2]}]},
    },
]


def report_of(program: str, folder: Path, requests: list[dict[str, Any]]) -> dict[str, Any]:
    """Run a program where Ray is, and return what it reports."""
    environment = {
        "PYTHONPATH": str(ROOT),
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN": secrets.token_hex(32),
        "RAY_raylet_start_wait_time_s": "120",  # a busy machine takes longer than the usual 30 s
        # As docs/deploying.md has it: a silent node is given up after some 15 s, not a minute.
        "RAY_health_check_period_ms": "1000",
        "RAY_health_check_timeout_ms": "2000",
        # The proxy would ask its own node's replica alone, as long as that has room: here each is to be asked.
        "RAY_SERVE_PROXY_PREFER_LOCAL_NODE_ROUTING": "0",
    }
    apart = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--net"]
    report = folder / "report.json"
    subprocess.run(
        [*apart, python_with_ray(), "-m", program, report],
        cwd=ROOT,
        env=os.environ | environment,
        input=json.dumps(requests),
        text=True,
        check=True,
    )
    told: dict[str, Any] = json.loads(report.read_text())
    return told


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return report_of("tests.cluster.serving", tmp_path_factory.mktemp("serving"), REQUESTS)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return report_of("tests.cluster.datasets", tmp_path_factory.mktemp("datasets"), [])


def test_a_cluster_answers_as_one_server_does(served: dict[str, Any], service: httpx.Client) -> None:
    assert served["deployed"] == "RUNNING"
    for request, answered in zip(REQUESTS, served["answers"], strict=True):
        expected = service.request(**request)
        assert answered["status"] == expected.status_code
        assert answered["type"] == expected.headers.get("content-type")
        assert answered["etag"] == expected.headers.get("etag")
        assert base64.b64decode(answered["body"]) == expected.content


@pytest.mark.parametrize("step", ["silenced", "killed"])
def test_when_a_node_ends_only_what_it_had_in_work_fails(served: dict[str, Any], step: str) -> None:
    seen = served[step]
    print(f"{step}: {seen}")
    assert seen["worked_s"] > 0, "the node served until then"
    assert len(seen["failures"]) <= seen["n_clients"], "each client waits for one answer at a time"


def test_replicas_come_with_the_load_and_go_without_losing_a_request(served: dict[str, Any]) -> None:
    for step in ("grown", "shrunk"):
        print(f"{step}: {served[step]}")
        assert not served[step]["failures"]


def test_four_replicas_share_a_gpu(served: dict[str, Any]) -> None:
    assert served["fractions"] == {"deployed": "RUNNING", "replicas": 4, "on_gpu": 4}


@pytest.mark.parametrize("step", ["lost", "killed"])
def test_a_data_set_has_the_bytes_of_one_machine_whatever_ends_on_the_way(filled: dict[str, Any], step: str) -> None:
    seen = filled[step]
    assert seen["status"] == 0
    assert seen["sums"] == filled["here"]["sums"]


def test_the_lost_node_had_made_shards(filled: dict[str, Any]) -> None:
    lost = filled["lost"]
    print(f"one machine {filled['here']['took_s']:.0f} s; two nodes, one of them lost, {lost['took_s']:.0f} s")
    assert lost["worked_s"] > 1
    assert lost["before"] < json.loads(lost["printed"])["shards"]


def test_a_data_set_goes_on_where_it_was_killed(filled: dict[str, Any]) -> None:
    killed = filled["killed"]
    told = json.loads(killed["printed"])
    assert killed["ended_by"] == 9
    assert 0 < killed["before"] - 1 <= told["kept"] < told["shards"], "one may lack its checksum yet"
    assert killed["untouched"] == told["kept"]
