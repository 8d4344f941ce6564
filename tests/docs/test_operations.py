"""Knows that the table of metrics is the metrics that there are. Does not know what they count."""

from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"


def test_the_table_has_every_metric_as_the_service_describes_it(service: httpx.Client) -> None:
    assert service.post("/generate", json={"seeds": 1}).status_code == 200
    assert service.get("/nothing").status_code == 404
    rows = []
    for family in text_string_to_metric_families(service.get("/metrics").text):
        if family.name.startswith("digitgan_"):
            labels = [name for name in family.samples[0].labels if name not in ("worker", "le")]
            name = family.name + ("_total" if family.type == "counter" else "")
            rows.append(f"| `{name}` | {family.type} | {', '.join(labels)} | {family.documentation} |")
    written = [line for line in PAGE.read_text().splitlines() if line.startswith("| `digitgan_")]
    assert written == rows
