"""A Ray cluster that the documented commands start: the same answers and data sets from all nodes, whatever dies.

Ray, its nodes, the load and the deaths are real, on machines that are namespaces of this one. So the kernel closes a
dead node's connections, which it does not do for a silent one. The programs beside this file do the work.
"""

import base64
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from digitgan.cli.exits import COULD_NOT_START
from tests.cluster.machines import NAMESPACES
from tests.environments import python_with
from tests.processes import ROOT
from tests.programs import skip_without

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

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

VARIABLES = {
    "RAY_worker_niceness": "0",  # instead of 15, which is behind everything else on the machine
    "RAY_SERVE_DIRECT_INGRESS_MIN_DRAINING_PERIOD_S": "2",  # instead of 30, for which replicas wait before they end
    # A busy machine takes longer than the usual 30 and 5 s.
    "RAY_raylet_start_wait_time_s": "60",
    "RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "120",
    "RAY_SERVE_PROXY_HEALTH_CHECK_TIMEOUT_S": "120",
}
NEEDED_GIB = 4  # a head with 1.4 GiB, and up to two other nodes with 0.8 GiB each
SHOWN = "that the documented commands start a Ray cluster, and what happens when its nodes die"


def skip_without_means() -> None:
    """Skip a test if this machine lacks memory or programs for a cluster."""
    memory = dict(re.findall(r"^(\w+): +(\d+) kB$", Path("/proc/meminfo").read_text(), re.MULTILINE))
    free_gib = int(memory["MemAvailable"]) / 2**20
    if free_gib < NEEDED_GIB:
        pytest.skip(f"needs {NEEDED_GIB} GiB of free memory, and there are {free_gib:.1f}; not shown: {SHOWN}")
    for program in ("ip", "curl"):
        skip_without(program, shows=SHOWN)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory, moto_python: Path) -> dict[str, Any]:
    """Return the result of each step that a cluster went through."""
    skip_without_means()
    python = python_with("ray", tmp_path_factory.mktemp("ray"))
    report = tmp_path_factory.mktemp("cluster") / "report.json"
    ended = subprocess.run(
        [*NAMESPACES, sys.executable, "-m", "tests.cluster.steps", python.parents[1], moto_python, report],
        cwd=ROOT,
        input=json.dumps({"variables": VARIABLES, "requests": REQUESTS}),
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    content: dict[str, Any] = json.loads(report.read_text())
    return content


def test_node_without_the_token_is_refused(seen: dict[str, Any]) -> None:
    assert seen["dashboard"] == "401"
    stranger = seen["stranger"]
    assert stranger["status"] == COULD_NOT_START
    last = stranger["errors"].splitlines()[-1]
    assert re.fullmatch(r"digitgan: Ray: .+; RAY_AUTH_MODE and RAY_AUTH_TOKEN_PATH must be set as on its nodes", last)


def test_data_set_command_says_what_it_waits_for(seen: dict[str, Any]) -> None:
    expected = r"digitgan: waited \d+ s: each file needs 1 processor, which no node of the cluster has\n"
    assert re.fullmatch(expected, seen["waiting"])


def test_nodes_all_answer_as_a_single_server_does(seen: dict[str, Any], service: httpx.Client) -> None:
    assert seen["deployed"] == "RUNNING"
    assert yaml.safe_load(seen["reported"])["applications"]["digitgan"]["status"] == "RUNNING"
    for answers in seen["answers"]:
        for request, answered in zip(REQUESTS, answers, strict=True):
            expected = service.request(**request)
            assert answered["status"] == expected.status_code
            assert answered["type"] == expected.headers.get("content-type")
            assert answered["etag"] == expected.headers.get("etag")
            assert base64.b64decode(answered["body"]) == expected.content


def test_nodes_answer_the_probes_of_pods(seen: dict[str, Any]) -> None:
    assert len(seen["probes"]) == 3, "liveness and readiness of a head are one address"
    assert set(seen["probes"].values()) == {200}


def test_replicas_are_added_under_load(seen: dict[str, Any]) -> None:
    assert seen["grown"]["failures"] == []


def test_death_of_a_serving_node_fails_only_what_its_replicas_got(seen: dict[str, Any]) -> None:
    killed = seen["replicas_killed"]
    assert killed["worked_s"] > 0, "the node served until then"
    assert killed["died"] > 0
    most = killed["clients"] * killed["died"]  # a client sends the next request to the other replica, which dies too
    assert len(killed["failures"]) <= most, killed["failures"]


def test_replicas_share_a_gpu(seen: dict[str, Any]) -> None:
    assert seen["fractions"] == {"deployed": "RUNNING", "on_gpu": 2}


@pytest.mark.parametrize("step", ["lost", "killed", "stored"])
def test_data_set_has_the_same_bytes_whatever_dies(seen: dict[str, Any], step: str) -> None:
    assert seen[step]["status"] == 0
    assert seen[step]["sums"] == seen["here"]["sums"]


def test_lost_node_had_made_shards(seen: dict[str, Any]) -> None:
    lost = seen["lost"]
    assert lost["worked_s"] > 1
    assert lost["before"] < json.loads(lost["printed"])["shards"]


def test_killed_data_set_command_resumes_where_it_ended(seen: dict[str, Any]) -> None:
    killed = seen["killed"]
    summary = json.loads(killed["printed"])
    assert killed["ended_by"] == 9
    assert 0 < killed["before"] - 1 <= summary["kept"] < summary["shards"], "one may not have its checksum yet"
    assert killed["untouched"] == summary["kept"]


def test_nodes_write_to_object_storage_themselves(seen: dict[str, Any]) -> None:
    """The nodes have credentials of their own, and the command says where the storage is."""
    stored = seen["stored"]
    summary = json.loads(stored["printed"])
    assert 0 < stored["before"] - 1 <= summary["kept"] + 1, "each of two processors may have written one unrecorded"
    assert summary["kept"] < summary["shards"]
    writers = stored["writers"]
    assert {address for name, address in writers.items() if name.startswith("train-")} == {"10.0.0.2"}
    assert writers["dataset.json"] == "10.0.0.1", "the head node, where the command runs"
