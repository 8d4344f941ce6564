"""What Prometheus gets."""

import httpx
import pytest

from service.telemetry.worker_metrics import OPENMETRICS, TEXT


def test_a_scrape_gets_prometheus_text_format(service: httpx.Client) -> None:
    answer = service.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.text.startswith("# HELP ")
    assert answer.text.endswith("\n")


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", OPENMETRICS),
        ("application/openmetrics-text;q=0.2,text/plain;q=0.5", TEXT),
        ("*/*", TEXT),
        ("image/png", TEXT),
    ],
)
def test_a_scrape_gets_the_format_that_it_prefers(service: httpx.Client, accept: str, media_type: str) -> None:
    answer = service.get("/metrics", headers={"Accept": accept})
    assert answer.headers["content-type"].partition(";")[0] == media_type
    assert answer.headers["vary"] == "Accept"
    assert answer.text.endswith("\n# EOF\n") == (media_type == OPENMETRICS)


def test_a_scrape_counts_earlier_scrapes(service: httpx.Client) -> None:
    def scrapes() -> str:
        [line] = [
            line
            for line in service.get("/metrics").text.splitlines()
            if line.startswith('digitgan_requests_total{kind="single",route="/metrics"')
        ]
        return line.rpartition(" ")[2]

    service.get("/metrics")
    assert float(scrapes()) + 1 == float(scrapes())
