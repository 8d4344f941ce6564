"""Knows how Prometheus is answered. Does not know what is counted."""

import httpx


def test_a_scrape_gets_prometheus_text_form(service: httpx.Client) -> None:
    answer = service.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.text.startswith("# HELP ")
    assert answer.text.endswith("\n")


def test_a_scrape_counts_those_before_it(service: httpx.Client) -> None:
    def scrapes() -> str:
        [line] = [
            line
            for line in service.get("/metrics").text.splitlines()
            if line.startswith('digitgan_requests_total{route="/metrics"')
        ]
        return line.rpartition(" ")[2]

    service.get("/metrics")
    assert float(scrapes()) + 1 == float(scrapes())
