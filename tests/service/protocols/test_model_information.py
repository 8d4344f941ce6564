"""What Triton's own client is told of models: repository index, config and statistics."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
from tritonclient.http import InferenceServerClient, InferInput

from service.app import create_app
from service.settings import Settings
from tests.cards import a_card, deploy
from tests.graphs import a_graph
from tests.live import live


def client_of(service: httpx.Client) -> InferenceServerClient:
    return InferenceServerClient(f"{service.base_url.host}:{service.base_url.port}")


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[InferenceServerClient]:
    """Yield a client of a service with one model, and a folder that is not one."""
    deploy(tmp_path, a_card(a_graph()), a_graph())
    settings = Settings(models_dir=tmp_path, default_model="tiny", threads=1)
    app = create_app(settings)
    with live(app) as service, client_of(service) as client:
        yield client


def test_index_lists_the_versions_that_are_served(tiny: InferenceServerClient) -> None:
    entry = {"name": "tiny", "version": "1", "state": "READY", "reason": ""}
    assert tiny.get_model_repository_index() == [entry]


def test_index_has_the_reason_of_a_refused_version(tmp_path: Path) -> None:
    deploy(tmp_path, a_card(a_graph()), a_graph())
    (tmp_path / "broken" / "1").mkdir(parents=True)
    (tmp_path / "broken" / "1" / "card.json").write_text("{}")
    (tmp_path / "broken" / "1" / "model.onnx").write_bytes(b"")
    settings = Settings(models_dir=tmp_path, default_model="tiny", threads=1, strict_models=False)
    with live(create_app(settings)) as service:
        served, refused = service.post("/v2/repository/index").json()
        assert (served["name"], served["state"]) == ("tiny", "READY")
        assert (refused["name"], refused["state"]) == ("broken", "UNAVAILABLE")
        assert refused["reason"]
        assert service.post("/v2/repository/index", json={"ready": True}).json() == [served]
        wrong = service.post("/v2/repository/index", json={"ready": 7})
        assert (wrong.status_code, wrong.json()) == (400, {"error": "/ready: must be true or false, not 7"})


def test_config_describes_the_tensors_as_triton_does(tiny: InferenceServerClient) -> None:
    config, metadata = tiny.get_model_config("tiny", "1"), tiny.get_model_metadata("tiny")
    assert config == tiny.get_model_config("tiny")
    assert (config["name"], config["max_batch_size"], config["backend"]) == ("tiny", 1024, "onnxruntime")
    for kind in ("input", "output"):
        for tensor, described in zip(config[kind], metadata[f"{kind}s"], strict=True):
            dims = tensor["reshape"]["shape"] if "reshape" in tensor else tensor["dims"]
            assert (tensor["name"], [-1, *dims]) == (described["name"], described["shape"])
            assert tensor["data_type"].startswith("TYPE_")
            assert tensor["dims"]


def test_statistics_count_images_runs_and_time(tiny: InferenceServerClient) -> None:
    [before] = tiny.get_inference_statistics("tiny")["model_stats"]
    assert (before["inference_count"], before["inference_stats"]["success"]) == (0, {"count": 0, "ns": 0})
    seeds = InferInput("seed", [3], "INT64")
    seeds.set_data_from_numpy(np.arange(3))
    for _ in range(2):
        tiny.infer("tiny", [seeds])
    [after] = tiny.get_inference_statistics()["model_stats"]
    assert [after] == tiny.get_inference_statistics("tiny", "1")["model_stats"]
    assert (after["name"], after["version"]) == ("tiny", "1")
    assert (after["inference_count"], after["execution_count"]) == (6, 2)
    parts = after["inference_stats"]
    assert [parts[name]["count"] for name in ("success", "queue", "compute_infer", "compute_output")] == [2, 2, 2, 2]
    assert parts["compute_infer"]["ns"] > 0
    assert parts["success"]["ns"] == sum(parts[name]["ns"] for name in ("queue", "compute_infer", "compute_output"))


@pytest.mark.parametrize("what", ["config", "stats"])
def test_unknown_models_are_refused_with_the_available_ones(service: httpx.Client, what: str) -> None:
    for path, hint in (("letters", "available models: digits"), ("digits/versions/9", "available versions: 1")):
        answer = service.get(f"/v2/models/{path}/{what}")
        assert answer.status_code == 404
        assert hint in answer.json()["error"]
