"""What Prometheus gets."""

import httpx


def test_a_scrape_gets_prometheus_text_format(service: httpx.Client) -> None:
    answer = service.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.text.startswith("# HELP ")
    assert answer.text.endswith("\n")


def test_a_scrape_counts_earlier_scrapes(service: httpx.Client) -> None:
    def scrapes() -> str:
        [line] = [
            line
            for line in service.get("/metrics").text.splitlines()
            if line.startswith('digitgan_requests_total{route="/metrics"')
        ]
        return line.rpartition(" ")[2]

    service.get("/metrics")
    assert float(scrapes()) + 1 == float(scrapes())
