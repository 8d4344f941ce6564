"""The metrics of a live service after known requests."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from digitgan import __version__
from service.app import create_app
from service.http.problems import PROBLEMS
from service.settings import Settings
from tests.cards import a_card, deploy
from tests.graphs import a_graph
from tests.live import live
from tests.processes import wait_until
from tests.programs import needs


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[httpx.Client]:
    deploy(tmp_path, a_card(a_graph()), a_graph())
    settings = Settings(
        models_dir=tmp_path, default_model="tiny", threads=1, max_images=48, batch_images=4, queue_images=40
    )
    with live(create_app(settings)) as client:
        yield client


def samples(client: httpx.Client) -> dict[tuple[str, ...], float]:
    """Return each sample by its name and the values of its labels in the order of their names, without the worker."""
    answer = client.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels) if name != "worker")): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_request_for_images_counts_in_every_metric(tiny: httpx.Client) -> None:
    assert tiny.post("/generate", json={"seeds": list(range(8))}).status_code == 200
    counted = samples(tiny)
    labels = ("tiny", "1")
    assert counted["digitgan_requests_total", "single", "/generate", "200"] == 1
    assert counted["digitgan_request_duration_seconds_count", "single", "/generate"] == 1
    assert counted["digitgan_images_total", *labels] == 8
    assert counted["digitgan_batch_images_count", *labels] == 2, "a model run has at most 4 images"
    assert counted["digitgan_batch_images_sum", *labels] == 8
    assert counted["digitgan_queue_seconds_count", *labels] == 1
    assert counted["digitgan_model_run_seconds_count", *labels] == 2
    assert counted["digitgan_encode_seconds_count", *labels] == 1
    parts = sum(counted[f"digitgan_{part}_seconds_sum", *labels] for part in ("queue", "model_run", "encode"))
    assert 0 < parts < counted["digitgan_request_duration_seconds_sum", "single", "/generate"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/images/generations", {"prompt": "7", "response_format": "b64_json"}),
        ("/v2/models/digits/infer", {"inputs": [{"name": "seed", "shape": [1], "datatype": "INT64", "data": [7]}]}),
    ],
)
def test_encoding_is_timed_in_every_protocol(service: httpx.Client, path: str, body: dict[str, object]) -> None:
    sample = "digitgan_encode_seconds_count", "digits", "1"
    before = samples(service).get(sample, 0)
    assert service.post(path, json=body).status_code == 200
    assert samples(service)[sample] == before + 1


def test_streams_are_counted_apart_from_answers_made_whole(tiny: httpx.Client) -> None:
    lines = {"Accept": "application/x-ndjson"}
    for n_images in (16, 17, 40):  # a chunk has 16
        assert tiny.post("/generate", json={"count": n_images}, headers=lines).status_code == 200
    stream = "digitgan_requests_total", "stream", "/generate", "200"
    wait_until(lambda: samples(tiny).get(stream) == 2)  # it is counted just after its client has the last byte
    counted = samples(tiny)
    assert counted["digitgan_requests_total", "single", "/generate", "200"] == 1
    assert counted["digitgan_request_duration_seconds_count", "stream", "/generate"] == 2
    assert counted["digitgan_encode_seconds_count", "tiny", "1"] == 1


def test_stream_that_its_client_leaves_is_counted(tiny: httpx.Client) -> None:
    with tiny.stream("POST", "/generate", json={"count": 4_000, "scale": 32}, headers={"Accept": "application/zip"}):
        assert samples(tiny)["digitgan_requests_in_progress",] == 2, "the stream and the scrape"
    wait_until(lambda: samples(tiny)["digitgan_requests_in_progress",] == 1)
    assert samples(tiny)["digitgan_requests_total", "stream", "/generate", "200"] == 1


def test_series_begin_at_zero(tiny: httpx.Client) -> None:
    counted = samples(tiny)
    for status in ("200", "500", "503"):
        assert counted["digitgan_requests_total", "single", "/digits/{label}/{hand}.png", status] == 0
    streams = {route for name, kind, route, *_ in filter(lambda key: len(key) == 4, counted) if kind == "stream"}
    datasets = {"/dataset", "/dataset/numbers", "/datasets/{spec}/{file}"}
    assert streams == datasets | {"/generate", "/interpolate", "/encode"}
    for reason in PROBLEMS:
        assert counted["digitgan_rejected_requests_total", reason] == 0
    for outcome in ("changed", "unchanged", "refused", "failed"):
        assert counted["digitgan_reloads_total", outcome] == 0
    assert counted["digitgan_images_total", "tiny", "1"] == counted["digitgan_worker_restarts_total",] == 0
    for name in ("queue_seconds", "model_run_seconds", "batch_images", "encode_seconds"):
        assert counted[f"digitgan_{name}_count", "tiny", "1"] == 0
    assert len(counted) < 400, "each costs a scrape some microseconds"


def test_refused_requests_are_counted_by_reason(tiny: httpx.Client) -> None:
    for body in ({"seeds": -1}, {"seeds": 1, "labels": 11}):
        assert tiny.post("/generate", json=body).status_code == 422
    assert tiny.post("/generate", content=b"{", headers={"Content-Type": "application/json"}).status_code == 400
    counted = samples(tiny)
    assert counted["digitgan_rejected_requests_total", "invalid-request"] == 2
    assert counted["digitgan_rejected_requests_total", "not-json"] == 1
    assert counted["digitgan_requests_total", "single", "/generate", "422"] == 2


def test_metric_labels_never_hold_text_from_a_client(tiny: httpx.Client) -> None:
    tiny.get("/digits/1/1.png")
    before = set(samples(tiny))
    for i in range(20):
        tiny.get(f"/digits/1/{i}.png", headers={"X-Request-Id": f"request-{i}"})
        tiny.get(f"/nothing/{i}")
        tiny.request(f"VERB{i}", f"/nothing/{i}")
    new = {each for each in set(samples(tiny)) - before if not each[0].endswith("_bucket")}
    assert new == {
        ("digitgan_requests_total", "single", "", "404"),
        ("digitgan_request_duration_seconds_count", "single", ""),
        ("digitgan_request_duration_seconds_sum", "single", ""),
        ("digitgan_requests_total", "single", "/metrics", "200"),
        ("digitgan_request_duration_seconds_count", "single", "/metrics"),
        ("digitgan_request_duration_seconds_sum", "single", "/metrics"),
    }


def test_queue_and_models_are_read_at_each_scrape(tiny: httpx.Client) -> None:
    counted = samples(tiny)
    assert counted[("digitgan_queue_images",)] == 0
    assert counted[("digitgan_queue_limit_images",)] == 40
    assert counted["digitgan_build_info", __version__] == 1
    limits = {"encoding": 160 * 2**20, "bodies": 48 * 2**20, "unsent": 96 * 2**20}
    for purpose, limit in limits.items():
        assert counted["digitgan_memory_bytes", purpose] == counted["digitgan_memory_refusals_total", purpose] == 0
        assert counted["digitgan_memory_limit_bytes", purpose] == limit
    assert counted[("digitgan_encodings_waiting",)] == 0
    card = a_card(a_graph())
    assert counted["digitgan_model_info", "tiny", "fp32", "CPUExecutionProvider", card.file.sha256, "1"] == 1
    assert counted["digitgan_model_nodes", "tiny", "CPUExecutionProvider", "1"] > 1
    assert counted["digitgan_model_reproduces_card", "tiny", "1"] == 1
    assert counted[("process_resident_memory_bytes",)] > 1e7


@needs("promtool", shows="that Prometheus accepts the metrics")
def test_promtool_accepts_names_and_format(tiny: httpx.Client) -> None:
    text = tiny.get("/metrics").text
    ended = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout + ended.stderr) == (0, "")
