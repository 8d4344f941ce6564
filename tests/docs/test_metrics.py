"""The metrics page lists exactly the metrics of a live service."""

from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "metrics.md"


def test_page_lists_every_metric_as_the_service_describes_it(service: httpx.Client) -> None:
    assert service.post("/generate", json={"seeds": 1}).status_code == 200
    assert service.get("/nothing").status_code == 404
    told = []
    for family in text_string_to_metric_families(service.get("/metrics").text):
        if family.name.startswith("digitgan_"):
            name = family.name + ("_total" if family.type == "counter" else "")
            labels = {name for name in family.samples[0].labels if name not in ("worker", "le")}
            told.append((f"`{name}`", family.type, labels, family.documentation))
    rows = [line.strip("| ").split(" | ") for line in PAGE.read_text().splitlines() if line.startswith("| `digitgan_")]
    written = [(name, kind, {*filter(None, labels.split(", "))}, meaning) for name, kind, labels, meaning, *_ in rows]
    assert written == told
