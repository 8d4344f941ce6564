"""Knows what a client can learn about the models. Does not know how they are run."""

import json
from pathlib import Path

import httpx
import pytest


def test_the_list_names_every_model_and_the_default(service: httpx.Client) -> None:
    answer = service.get("/models").json()
    assert answer["default_model"] == "digits"
    assert [each["model"] for each in answer["models"]] == ["digits", "mlp"]
    assert [each["n_classes"] for each in answer["models"]] == [10, 0]


@pytest.mark.parametrize("model", ["digits", "mlp"])
def test_a_model_is_described_with_the_card_that_lies_beside_it(
    service: httpx.Client, models_dir: Path, model: str
) -> None:
    answer = service.get(f"/models/{model}").json()
    card = json.loads((models_dir / model / answer["version"] / "card.json").read_text())
    assert answer["card"] == {"class_names": None} | card  # these were written before classes could have names
    assert answer["provider"] == "CPUExecutionProvider"
    assert answer["reproduces_card"] is True
    assert service.get(f"/models/{model}/{answer['version']}").json() == answer


@pytest.mark.parametrize(
    ("path", "pointer"), [("/models/letters", "/model"), ("/models/digits/99", "/version"), ("/models/%00", "/model")]
)
def test_an_unknown_model_or_version_is_not_found(service: httpx.Client, path: str, pointer: str) -> None:
    answer = service.get(path)
    assert answer.status_code == 404
    assert answer.json()["type"] == "/problems/unknown-model"
    assert answer.json()["errors"][0]["pointer"] == pointer
