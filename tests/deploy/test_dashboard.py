"""The dashboard uses metrics that exist.

`test_stack` checks the same with a Prometheus that scrapes the stack.
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

OBSERVABILITY = Path(__file__).parents[2] / "deploy" / "observability"
DASHBOARD = OBSERVABILITY / "dashboard.json"

_METRIC = re.compile(r"\b(?:digitgan|process)_\w+")


def panels() -> list[dict[str, Any]]:
    """Return the dashboard's panels."""
    found: list[dict[str, Any]] = json.loads(DASHBOARD.read_text())["panels"]
    return found


def expressions() -> list[str]:
    """Return the expressions of its panels, with Grafana's variables filled in."""
    asked = [target["expr"] for panel in panels() for target in panel["targets"]]
    return [each.replace("$__rate_interval", "1m").replace("$job", "digitgan") for each in asked]


def test_service_reports_every_metric_and_label_of_the_dashboard(service: httpx.Client) -> None:
    assert service.post("/generate", json={"seeds": 1}).status_code == 200
    assert service.get("/nothing").status_code == 404
    told: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(service.get("/metrics").text):
        for sample in family.samples:
            told.setdefault(sample.name, set()).update(sample.labels)
    for expression in expressions():
        names = _METRIC.findall(expression)
        assert names, expression
        assert set(names) <= set(told), expression
        grouped = {label for group in re.findall(r"(?:by|on) \(([^)]*)\)", expression) for label in group.split(", ")}
        assert grouped - {"instance"} <= set().union(*(told[name] for name in names)), expression


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


needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None and not os.environ.get("CI"),
    reason="no promtool; Debian's package prometheus has it",
)


def promtool(*words: str | Path) -> None:
    """Run the checks of Prometheus' own program."""
    ended = subprocess.run(["promtool", *words], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@needs_promtool
def test_prometheus_reads_its_configuration() -> None:
    promtool("check", "config", OBSERVABILITY / "prometheus.yml")


@needs_promtool
def test_prometheus_reads_every_expression(tmp_path: Path) -> None:
    rules = [{"record": f"panel:{i}", "expr": expression} for i, expression in enumerate(expressions())]
    path = tmp_path / "rules.yml"  # JSON is YAML, too
    path.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    promtool("check", "rules", path)
