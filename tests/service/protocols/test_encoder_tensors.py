"""Encoders as models of the Open Inference Protocol: for Triton's client and in JSON."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest
from tritonclient.http import InferenceServerClient, InferInput

from tests.handwriting import digits, file_of

IMAGES, LABELS = digits()
SOME = np.stack([IMAGES[label == LABELS][0] for label in (7, 4, 0)])


@pytest.fixture(scope="module")
def client(service: httpx.Client) -> Iterator[InferenceServerClient]:
    client = InferenceServerClient(f"{service.base_url.host}:{service.base_url.port}")
    yield client
    client.close()


def tensor(**changes: Any) -> dict[str, Any]:
    given = {"name": "image", "datatype": "UINT8", "shape": list(SOME.shape), "data": SOME.ravel().tolist()}
    return given | changes


def infer(service: httpx.Client, *inputs: dict[str, Any], model: str = "encoder", **more: Any) -> httpx.Response:
    return service.post(f"/v2/models/{model}/infer", json={"inputs": list(inputs), **more})


def test_client_gets_the_latents_that_draw_its_images_again(
    client: InferenceServerClient, service: httpx.Client
) -> None:
    image = InferInput("image", SOME.shape, "UINT8")
    image.set_data_from_numpy(SOME)
    found = client.infer("encoder", [image])
    assert found.as_numpy("class").tolist() == [7, 4, 0]
    latent = InferInput("latent", [3, 74], "FP32")
    latent.set_data_from_numpy(found.as_numpy("latent"))
    drawn = client.infer("digits", [latent]).as_numpy("image")
    differences = drawn.astype(float) - SOME
    assert np.sqrt(np.square(differences).mean(axis=(1, 2))).max() < 40
    answer = service.post("/encode", content=file_of(drawn[0]), headers={"content-type": "image/png"})
    assert answer.raise_for_status().json()["label"] == 7


@pytest.mark.parametrize("name", ["encoder", "digits-encoder", "digits-small-encoder"])
def test_encoder_is_described_by_its_name(client: InferenceServerClient, name: str) -> None:
    assert client.is_model_ready(name)
    assert client.is_model_ready(name, "1")
    assert client.get_model_metadata(name) == {
        "name": name,
        "versions": ["1"],
        "platform": "onnxruntime_onnx",
        "inputs": [{"name": "image", "datatype": "UINT8", "shape": [-1, 28, 28]}],
        "outputs": [
            {"name": "latent", "datatype": "FP32", "shape": [-1, 74]},
            {"name": "class", "datatype": "INT64", "shape": [-1]},
        ],
    }
    config = client.get_model_config(name)
    assert (config["name"], config["max_batch_size"], config["default_model_filename"]) == (name, 16, "encoder.onnx")
    assert [(each["name"], each["dims"]) for each in config["input"]] == [("image", [28, 28])]


def test_json_raw_bytes_and_chosen_outputs_have_the_same_numbers(service: httpx.Client) -> None:
    flat = infer(service, tensor(), id="mine").raise_for_status().json()
    assert (flat["id"], flat["model_name"], flat["model_version"]) == ("mine", "encoder", "1")
    latents, classes = flat["outputs"]
    assert (latents["name"], latents["shape"], classes["data"]) == ("latent", [3, 74], [7, 4, 0])
    nested = infer(service, tensor(data=SOME.tolist()), outputs=[{"name": "latent"}], model="digits-encoder").json()
    assert [each["data"] for each in nested["outputs"]] == [latents["data"]]
    head = {"Inference-Header-Content-Length": "0", "content-type": "application/octet-stream"}
    raw = service.post("/v2/models/encoder/versions/1/infer", content=SOME.tobytes(), headers=head).raise_for_status()
    tail = raw.content[int(raw.headers["Inference-Header-Content-Length"]) :]
    assert np.frombuffer(tail[: 3 * 74 * 4], "<f4").tolist() == np.float32(latents["data"]).tolist()
    assert np.frombuffer(tail[3 * 74 * 4 :], "<i8").tolist() == [7, 4, 0]
    assert "model;dur=" in raw.headers["server-timing"]


@pytest.mark.parametrize(
    ("inputs", "model", "status", "message"),
    [
        ([tensor(name="latent")], "encoder", 400, "give exactly the input image"),
        ([tensor(datatype="INT64")], "encoder", 400, r"must be UINT8 \[-1, 28, 28\], -1 for any number; not int64"),
        ([tensor(shape=[3, 784])], "encoder", 400, r"must be UINT8 .* not uint8 \[3, 784\]"),
        ([tensor(shape=[0, 28, 28], data=[])], "encoder", 400, "0 rows; a request has 1 to 16"),
        ([tensor(shape=[17, 28, 28], data=[0] * 17 * 784)], "encoder", 400, "17 rows; a request has 1 to 16"),
        ([tensor(data=[256] * 3 * 784)], "encoder", 400, "must be a finite number that fits UINT8"),
        ([tensor()], "mlp-encoder", 404, "model 'mlp' reads no pictures; models that do: digits"),
        ([tensor()], "letters-encoder", 404, "no model 'letters'"),
        ([tensor()], "decoder", 404, "no model 'decoder'"),
    ],
)
def test_what_an_encoder_does_not_take_is_refused(
    service: httpx.Client, inputs: list[dict[str, Any]], model: str, status: int, message: str
) -> None:
    answer = infer(service, *inputs, model=model)
    assert answer.status_code == status
    assert re.search(message, answer.json()["error"])
