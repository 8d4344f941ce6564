"""A real Prometheus, with the configuration of deploy/observability, that scrapes a service of the test."""

import math
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml

from tests.gateway import free_ports
from tests.processes import wait_until
from tests.programs import needs

OBSERVABILITY = Path(__file__).parents[2] / "deploy" / "observability"

needs_prometheus = needs("prometheus", shows="that Prometheus has data for the dashboard and the rules")
needs_promtool = needs("promtool", shows="that Prometheus reads its configuration, and when alerts fire")


class Prometheus:
    """A running Prometheus; its `client` asks it."""

    def __init__(self, client: httpx.Client) -> None:
        self.client = client

    def get(self, path: str, **parameters: str | float) -> Any:
        """Return the data of an answer of its API."""
        answer = self.client.get(f"/api/v1/{path}", params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def values(self, expression: str) -> list[float]:
        """Return the present values of an expression that are numbers."""
        found = (float(each["value"][1]) for each in self.get("query", query=expression)["result"])
        return [value for value in found if not math.isnan(value)]


@contextmanager
def scraping(url: str, folder: Path) -> Iterator[Prometheus]:
    """Yield a Prometheus that scrapes the service at a URL twice a second, and keeps its data in a folder."""
    config = yaml.safe_load((OBSERVABILITY / "prometheus.yml").read_text())
    config["global"] = {"scrape_interval": "500ms", "evaluation_interval": "500ms"}
    config["rule_files"] = [str(OBSERVABILITY / name) for name in config["rule_files"]]
    [job] = [each for each in config["scrape_configs"] if each["job_name"] == "digitgan"]
    del job["dns_sd_configs"]
    job["static_configs"] = [{"targets": [httpx.URL(url).netloc.decode()]}]
    config["scrape_configs"] = [job]
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    address = f"127.0.0.1:{free_ports(1)[0]}"
    flags = (f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data", "--log.level=error")
    feature = "--enable-feature=exemplar-storage"
    process = subprocess.Popen(["prometheus", *flags, feature, f"--web.listen-address={address}"])
    try:
        with httpx.Client(base_url=f"http://{address}") as client:

            def is_ready() -> bool:
                assert process.poll() is None, "Prometheus has ended"
                try:
                    return client.get("/-/ready").status_code == 200
                except httpx.TransportError:
                    return False

            wait_until(is_ready)
            yield Prometheus(client)
    finally:
        process.terminate()
        process.wait()


def promtool(*words: str | Path) -> None:
    """Run the checks of Prometheus' own program."""
    ended = subprocess.run(["promtool", *words], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
