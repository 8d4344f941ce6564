"""A real Prometheus has data for every panel of the dashboard, and reads the rules.

`test_stack` does the same with the stack.
"""

import json
from collections.abc import Iterator
from time import time
from typing import Any

import httpx
import pytest

from tests.cards import a_card, deploy
from tests.deploy.prometheus import OBSERVABILITY, Prometheus, needs_prometheus, needs_promtool, promtool, scraping
from tests.graphs import a_graph
from tests.processes import Service, serving, wait_until

DASHBOARD = OBSERVABILITY / "dashboard.json"
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def panels() -> list[dict[str, Any]]:
    """Return the dashboard's panels."""
    found: list[dict[str, Any]] = json.loads(DASHBOARD.read_text())["panels"]
    return found


def expressions() -> list[str]:
    """Return the expressions of its panels, with Grafana's variables filled in."""
    asked = [target["expr"] for panel in panels() for target in panel["targets"]]
    return [each.replace("$__rate_interval", "1m").replace("$job", "digitgan") for each in asked]


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, Prometheus]]:
    """Return a service of two workers, and a Prometheus that scrapes it."""
    models, data = (tmp_path_factory.mktemp(name) for name in ("models", "data"))
    deploy(models, a_card(a_graph()), a_graph())
    settings = ("--workers", "2", "--threads", "1", "--models-dir", str(models), "--default-model", "tiny")
    with serving(*settings) as service, scraping(service.url, data) as prometheus:
        yield service, prometheus


def send_requests(client: httpx.Client) -> None:
    """Send a request of every kind that the dashboard shows."""
    traced = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
    assert client.post("/generate", json={"seeds": 1}, headers=traced).status_code == 200
    lines = {"Accept": "application/x-ndjson"}
    assert client.post("/generate", json={"count": 300}, headers=lines).status_code == 200
    assert client.get("/nothing").status_code == 404


def wait_for_data(watched: tuple[Service, Prometheus], expressions: list[str]) -> None:
    """Send requests until each expression has a value; fail with those that never have one."""
    service, prometheus = watched
    missing: list[str] = []

    def are_all_answered() -> bool:
        send_requests(client)
        missing[:] = [each for each in expressions if not prometheus.values(each)]
        return not missing

    with service.client() as client:
        try:
            wait_until(are_all_answered, patience_s=60, pause_s=0.5)
        except AssertionError:
            pytest.fail(f"no data for {missing}")


@needs_prometheus
def test_every_panel_has_data(watched: tuple[Service, Prometheus]) -> None:
    wait_for_data(watched, expressions())


@needs_prometheus
def test_rules_are_evaluated_and_silent_while_all_is_well(watched: tuple[Service, Prometheus]) -> None:
    _, prometheus = watched
    rules = [rule for group in prometheus.get("rules")["groups"] for rule in group["rules"]]
    wait_for_data(watched, [rule["name"] for rule in rules if rule["type"] == "recording"])
    rules = [rule for group in prometheus.get("rules")["groups"] for rule in group["rules"]]
    assert len(rules) > 20
    assert {rule["health"] for rule in rules} == {"ok"}
    assert {rule["state"] for rule in rules if rule["type"] == "alerting"} == {"inactive"}


@needs_prometheus
def test_exemplars_lead_from_a_duration_to_its_trace(watched: tuple[Service, Prometheus]) -> None:
    service, prometheus = watched

    def traces() -> set[str]:
        metric, now = "digitgan_request_duration_seconds_bucket", time()
        found = prometheus.get("query_exemplars", query=metric, start=now - 600, end=now)
        return {each["labels"]["trace_id"] for series in found for each in series["exemplars"]}

    with service.client() as client:
        send_requests(client)
    wait_until(lambda: traces() == {TRACE}, pause_s=0.5)


def test_panels_have_titles_and_ids_and_do_not_overlap() -> None:
    assert len({panel["id"] for panel in panels()}) == len({panel["title"] for panel in panels()}) == len(panels())
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels())
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(set(cells)) == len(cells), "two panels overlap"
    assert max(x for x, _ in cells) < 24


@needs_promtool
def test_prometheus_reads_its_configuration() -> None:
    promtool("check", "config", OBSERVABILITY / "prometheus.yml")
