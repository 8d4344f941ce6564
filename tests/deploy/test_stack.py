"""The images and the stack of `docker-compose.yml`: no request is lost while replicas start, stop and die.

Images, engine, network and gateway are real, as `docker compose up` makes them. Where no registry can be reached,
`tests/deploy/engine.sh` provides an engine and base images.
"""

import json
import os
import re
import signal
from datetime import datetime
from functools import partial
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import pytest

from digitgan import __version__
from digitgan.cli.settings import rows
from digitgan.judges.judge import read_manifest
from service.settings import Settings, refuse_unknown
from tests.deploy.engine import NEEDS_ENGINE, inspect, run
from tests.deploy.images import assert_billed, assert_labelled, assert_size_is_documented
from tests.deploy.stack import GATEWAY_IMAGE, IMAGE, N_REPLICAS, Stack, of_any_version
from tests.deploy.test_dashboard import expressions
from tests.load import load
from tests.processes import ROOT, cpu_s, wait_until

BASE_IMAGE = "python:3.11-slim-bookworm"
MOST_ADDED = 170_000_000  # bytes of environment and models; with a base of 80 MB, the image stays below 250 MB
STARTS_WITHIN_S = 2.0  # processor time, which other programs of the machine hardly change
PEACE = 20  # answers after which the stack is taken to work normally


pytestmark = NEEDS_ENGINE


@pytest.fixture(autouse=True)
def at_rest(stack: Stack) -> None:
    stack.scale(N_REPLICAS)


def test_image_holds_only_what_serving_needs_and_is_restricted(stack: Stack) -> None:
    look = """
import importlib.util, json, os, re, shutil
def writes(path):
    try:
        open(path, "w").close()
    except OSError:
        return False
    return True
print(json.dumps({
    "user": os.getuid(),
    "capabilities": int(re.search(r"CapEff:\\s+(\\w+)", open("/proc/self/status").read())[1], 16),
    "writes": [path for path in ("/etc/a", "/opt/digitgan/a", "/models/a") if writes(path)],
    "programs": [name for name in ("gcc", "cc", "pip") if shutil.which(name)],
    "packages": [name for name in ("torch", "digitgan.training", "pip") if importlib.util.find_spec(name)],
}))
"""
    seen = json.loads(stack.compose("exec", "-T", "service", "/opt/digitgan/bin/python", "-I", "-c", look))
    assert seen == {"user": 65532, "capabilities": 0, "writes": [], "programs": [], "packages": []}


def test_image_runs_every_command_of_the_service(stack: Stack) -> None:
    alone = ("docker", "run", "--rm", "--read-only", "--network", "none")
    assert stack.run(*alone, IMAGE, "--version") == f"digitgan {__version__}\n"
    assert (
        stack.run(*alone, "--entrypoint", "python", IMAGE, "-m", "digitgan", "--version") == f"digitgan {__version__}\n"
    )
    checked = json.loads(stack.run(*alone, IMAGE, "check", "--json"))
    assert checked["release"] == __version__
    assert {model["model"] for model in checked["models"]} == {path.name for path in (ROOT / "exported").iterdir()}
    stack.run(*alone, "--tmpfs", "/tmp", IMAGE, "write", "2026", "-o", "/tmp/2026.png")


def test_images_have_labels_user_and_stop_signal(stack: Stack) -> None:
    for image in (IMAGE, GATEWAY_IMAGE):
        assert "Apache-2.0" in assert_labelled(image)
        assert inspect(image, "{{.Config.User}}") == "65532:65532"
    assert inspect(IMAGE, "{{.Config.StopSignal}}") == "SIGTERM"


def test_bill_of_materials_lists_packages_javascript_and_models(stack: Stack) -> None:
    components = assert_billed(IMAGE)
    assert components["onnxruntime-web"]["purl"].startswith("pkg:npm/onnxruntime-web@")
    models = {name for name, each in components.items() if each["type"] == "machine-learning-model"}
    judges = {f"judge-{name}" for name in read_manifest()}
    assert models == judges | {path.name for path in (ROOT / "exported").iterdir()}


@pytest.mark.parametrize(
    "settings",
    [
        {"DIGITGAN_PORT": "9000"},
        {"DIGITGAN_HOST": "::", "DIGITGAN_PORT": "8001", "DIGITGAN_ADMIN_PORT": "8000"},
        {"DIGITGAN_HOST": "127.0.0.1", "DIGITGAN_WORKERS": "2"},
    ],
)
def test_health_check_follows_the_settings(stack: Stack, settings: dict[str, str]) -> None:
    with stack.container(IMAGE, **settings):
        pass  # it became healthy


def test_image_takes_extras(stack: Stack) -> None:
    run("make", "image", EXTRAS="otel parquet", DIGITGAN_IMAGE="digitgan-test:extras", GATEWAY_IMAGE=GATEWAY_IMAGE)
    write = ("write", "7", "-o", "/tmp/7.png")
    numbers = ("dataset", "numbers", "--pattern", "#{5}", "--count", "10", "-o", "/tmp/numbers.parquet")
    for command in (write, numbers):
        stack.run("docker", "run", "--rm", "--network", "none", "digitgan-test:extras", *command)
    traces = ("-I", "-c", "import opentelemetry.sdk.trace, opentelemetry.exporter.otlp.proto.http")
    stack.run("docker", "run", "--rm", "--entrypoint", "python", "digitgan-test:extras", *traces)


def test_image_adds_little_to_its_base(stack: Stack) -> None:
    size, base = (int(inspect(image, "{{.Size}}")) for image in (IMAGE, BASE_IMAGE))
    print(f"the image: {size / 1e6:.0f} MB, {(size - base) / 1e6:.0f} of them over its base")
    assert size - base < MOST_ADDED
    assert_size_is_documented(IMAGE, BASE_IMAGE, "size of the image `digitgan`")


def test_service_needs_no_shell_and_starts_soon(stack: Stack, tmp_path: Path) -> None:
    remove = "import os; [os.remove(path) for path in ('/bin/sh', '/bin/bash', '/bin/dash') if os.path.lexists(path)]"
    python = json.dumps(["/opt/digitgan/bin/python", "-I", "-c", remove])
    (tmp_path / "Dockerfile").write_text(f"FROM {IMAGE}\nUSER root\nRUN {python}\nUSER 65532:65532\n")
    stack.run("docker", "build", "--quiet", "--tag", "digitgan-test:bare", str(tmp_path))
    took, spent = [], []
    for _ in range(3):
        with stack.container("digitgan-test:bare") as started:
            log = map(json.loads, stack.logs(started))
            ready = next(line["time"] for line in log if "running on" in line["message"])
            began = inspect(started, "{{.State.StartedAt}}")
            spent.append(cpu_s(int(inspect(started, "{{.State.Pid}}"))))
            took.append((datetime.fromisoformat(ready) - datetime.fromisoformat(began)).total_seconds())
    for what, seconds in (("seconds until it listened", took), ("of a processor", spent)):
        print(f"three containers started, {what}: {', '.join(f'{each:.2f}' for each in seconds)}")
    assert median(spent) < STARTS_WITHIN_S


def test_replica_sees_its_limits(stack: Stack) -> None:
    look = """
from pathlib import Path
for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
    if Path(path).exists():
        print(int(Path(path).read_text()))
"""
    assert stack.compose("exec", "-T", "service", "/opt/digitgan/bin/python", "-I", "-c", look).split() == [str(2**29)]
    check = ("digitgan", "check", "--port", "0", "--admin-port", "0", "--json")  # the service itself has the ports
    processors = json.loads(stack.compose("exec", "-T", "service", *check))["processors"]
    assert (processors["quota"], processors["available"], processors["threads"]) == (1.0, 1, 1)


def test_only_the_gateway_publishes_a_port(stack: Stack) -> None:
    bound = "{{json .HostConfig.PortBindings}}"
    assert [json.loads(inspect(replica, bound)) for replica in stack.replicas()] == [{}] * N_REPLICAS


def services(stack: Stack) -> dict[str, Any]:
    """Return all services, of all profiles, as compose reads them."""
    read = json.loads(stack.compose("--profile", "*", "config", "--format", "json"))["services"]
    assert isinstance(read, dict)
    return read


def test_every_setting_of_env_reaches_the_replicas(stack: Stack) -> None:
    given = {row.variable: row.default for row in rows(Settings).values()}
    with stack.more_settings(**given | {"DIGITGAN_DRAIN_S": "7", "DIGITGAN_REQUEST_TIMEOUT_S": "90"}):
        read = services(stack)
    for replica in (read["service"], read["service-gpu"]):
        assert given.keys() <= replica["environment"].keys()
        assert replica["stop_grace_period"] == "32s"
    assert read["gateway"]["environment"]["GATEWAY_TIMEOUT"] == "90999"


def test_defaults_of_compose_are_those_of_the_service(stack: Stack) -> None:
    with stack.more_settings(DIGITGAN_DRAIN_S="", DIGITGAN_GRACE_S=""):
        given = services(stack)["service"]["environment"]
    refuse_unknown(given)
    fields = {name.removeprefix("DIGITGAN_").lower(): value for name, value in given.items() if value}
    read = Settings.model_validate({name: value for name, value in fields.items() if name in Settings.model_fields})
    assert read == Settings(admin_port=9000)


def test_no_variable_of_compose_alone_reaches_the_replicas(stack: Stack) -> None:
    """A replica would be replaced if such a variable changed."""
    read = set(re.findall(r"\$\{([A-Z0-9_]+)", (ROOT / "docker-compose.yml").read_text()))
    own = read - {row.variable for row in rows(Settings).values()}
    changed = {name: "./1" if name.endswith(("_FILE", "_FOLDER")) else "1" for name in own}
    before = stack.compose("config", "--hash", "service")
    with stack.more_settings(**changed):
        given = services(stack)["service"]["environment"]
        assert {name: given[name] for name in own} == dict.fromkeys(own, "")
    del changed["DIGITGAN_IMAGE"]
    with stack.more_settings(**changed):
        assert stack.compose("config", "--hash", "service") == before


def n_checks(container: str) -> int:
    """Return the number of the last health checks of a container, of which the engine keeps five."""
    return len(json.loads(inspect(container, "{{json .State.Health.Log}}")))


def test_logs_rotate_and_have_no_line_for_health_checks(stack: Stack) -> None:
    for name, service in services(stack).items():
        assert service["logging"]["driver"] == "json-file", name
        assert {"max-size", "max-file"} <= service["logging"]["options"].keys(), name
    for container in stack.compose("ps", "--quiet").split():
        assert "max-size" in inspect(container, "{{json .HostConfig.LogConfig.Config}}")
        wait_until(partial(n_checks, container))
        assert not [line for line in stack.logs(container) if "health" in line]


def assert_problem(answer: httpx.Response, status: int, kind: str) -> None:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert (answer.json()["status"], answer.json()["type"]) == (status, kind)


def test_gateway_limits_bodies(stack: Stack) -> None:
    answer = httpx.post(f"{stack.url}/generate", content=bytes(17_000_000))
    assert_problem(answer, 413, "/problems/body-too-large")


def test_gateway_limits_requests(stack: Stack) -> None:
    up = ("up", "--detach", "--wait", "--no-deps", "--no-build", "gateway")
    stack.compose(*up, GATEWAY_REQUESTS_PER_10S="10")
    with httpx.Client(base_url=stack.url) as client:
        answers = [client.get("/digits/7/1.png") for _ in range(15)]
    stack.compose(*up)
    assert [answer.status_code for answer in answers] == [200] * 10 + [429] * 5
    assert_problem(answers[-1], 429, "/problems/quota-exceeded")
    assert answers[-1].headers["retry-after"] == "10"


def test_reload_of_the_gateway_loses_no_request(stack: Stack) -> None:
    settings = stack.folder / "deploy" / "gateway" / "settings.cfg"
    given = settings.read_text()
    reload = ("docker", "compose", "exec", "-T", "gateway", "reload")
    try:
        with load(stack.url, of_any_version) as tally:
            settings.write_text("global\n    setenv GATEWAY_MAX_BODY_BYTES many\n")
            assert stack.attempt(*reload).returncode == 1
            settings.write_text("global\n    setenv GATEWAY_MAX_BODY_BYTES 1000\n")
            stack.run(*reload)
            wait_until(lambda: httpx.post(f"{stack.url}/generate", content=bytes(2000)).status_code == 413)
            tally.wait_for(PEACE)
    finally:
        settings.write_text(given)
        stack.compose("up", "--detach", "--wait", "--no-deps", "--no-build", "--force-recreate", "gateway")
    print(f"reloaded the gateway: {tally.answered} answers, {len(tally.failures)} failures")
    assert not tally.failures


def test_scaling_up_and_down_loses_no_request(stack: Stack) -> None:
    answered_by: set[str] = set()

    def ask(client: httpx.Client) -> httpx.Response:
        answer = of_any_version(client)
        answered_by.add(answer.headers["x-instance"])
        return answer

    with load(stack.url, ask) as tally:
        stack.scale(4)
        answered_by.clear()
        wait_until(lambda: len(answered_by) == 4)
        stack.scale(N_REPLICAS)
        before = tally.answered
        wait_until(lambda: tally.answered > before + PEACE)
    print(f"scaled up and down: {tally.answered} answers, {len(tally.failures)} failures")
    assert not tally.failures


def test_killed_replica_is_hidden_and_comes_back(stack: Stack) -> None:
    seeds = count()

    def ask(client: httpx.Client) -> httpx.Response:
        answer = client.get(f"/digits/7/{next(seeds)}.png")
        assert answer.status_code == 200, answer.text
        return answer

    doomed = stack.replicas()[0]
    with load(stack.url, ask) as tally:
        os.kill(int(inspect(doomed, "{{.State.Pid}}")), signal.SIGKILL)
        before = tally.answered
        wait_until(lambda: tally.answered > before + PEACE)
        wait_until(lambda: inspect(doomed, "{{.RestartCount}} {{.State.Health.Status}}") == "1 healthy")
    print(f"killed a replica: {tally.answered} answers, {len(tally.failures)} failures")
    assert not tally.failures


def test_prometheus_finds_the_replicas_and_answers_the_dashboard(stack: Stack) -> None:
    def values(expression: str) -> list[str]:
        query = ("promtool", "query", "instant", "--format", "json", "http://localhost:9090", expression)
        found = json.loads(stack.compose("exec", "-T", "prometheus", *query))
        return [each["value"][1] for each in found if each["value"][1] != "NaN"]

    stack.compose("--profile", "observability", "up", "--detach", "--wait", "--no-deps", "--no-build", "prometheus")
    try:
        with load(stack.url, of_any_version):
            httpx.get(f"{stack.url}/nothing")
            wait_until(lambda: len(values('up{job="digitgan"} == 1')) == N_REPLICAS)
            wait_until(lambda: len(values('up{job="gateway"} == 1')) == 1)
            wait_until(lambda: all(values(each) for each in expressions()))
    finally:
        stack.compose("--profile", "observability", "down", "--volumes", "prometheus")
    print(f"prometheus: {len(expressions())} expressions of the dashboard answered")
