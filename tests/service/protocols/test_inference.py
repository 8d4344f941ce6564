"""What clients of the Open Inference Protocol v2 request over a real socket; most by Triton's own client."""

from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import pytest
from numpy.typing import NDArray
from tritonclient.http import InferenceServerClient, InferInput, InferRequestedOutput
from tritonclient.utils import InferenceServerException

from digitgan.contract.latents import seeds_to_latents

SIZE = 74  # of a latent of the model digits


@pytest.fixture
def triton(service: httpx.Client) -> Iterator[InferenceServerClient]:
    with InferenceServerClient(f"{service.base_url.host}:{service.base_url.port}") as client:
        yield client


def tensor(name: str, values: NDArray[Any], *, binary: bool = True) -> InferInput:
    datatype = {"f": "FP32", "i": "INT64"}[values.dtype.kind]
    made = InferInput(name, list(values.shape), datatype)
    made.set_data_from_numpy(values, binary_data=binary)
    return made


def latents(n: int = 2) -> NDArray[np.float32]:
    return seeds_to_latents(range(1, n + 1), SIZE)


def png(service: httpx.Client, path: str) -> bytes:
    return service.get(path).raise_for_status().content


def npy(service: httpx.Client, body: dict[str, Any]) -> NDArray[Any]:
    answer = service.post("/generate", json=body, headers={"Accept": "application/x-npy"}).raise_for_status()
    return np.frombuffer(answer.content[128:], np.uint8).reshape(-1, 28, 28)


def test_triton_finds_the_server_and_its_models(triton: InferenceServerClient) -> None:
    assert triton.is_server_live()
    assert triton.is_server_ready()
    assert triton.is_model_ready("digits")
    assert triton.is_model_ready("mlp", "1")
    assert not triton.is_model_ready("letters")
    assert "binary_tensor_data" in triton.get_server_metadata()["extensions"]
    metadata = triton.get_model_metadata("digits")
    assert {each["name"]: each["shape"] for each in metadata["inputs"]} == {
        "latent": [-1, SIZE],
        "seed": [-1],
        "label": [-1],
        "truncation": [-1],
    }
    assert {each["name"] for each in triton.get_model_metadata("mlp", "1")["outputs"]} == {"image", "png"}


@pytest.mark.parametrize("binary", [True, False])
def test_triton_gets_the_images_of_latents_and_labels(
    triton: InferenceServerClient, service: httpx.Client, binary: bool
) -> None:
    inputs = [tensor("latent", latents(), binary=binary), tensor("label", np.array([3, 8]), binary=binary)]
    result = triton.infer("digits", inputs, request_id="seven")
    image = result.as_numpy("image")
    assert (image.dtype, image.shape) == (np.uint8, (2, 28, 28))
    assert np.array_equal(image, npy(service, {"seeds": [1, 2], "labels": [3, 8]}))
    assert result.as_numpy("label").tolist() == [3, 8]
    assert result.get_response()["id"] == "seven"


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_triton_may_compress_its_requests(triton: InferenceServerClient, coding: str) -> None:
    plain, packed = (
        triton.infer("digits", [tensor("latent", latents())], request_compression_algorithm=each).as_numpy("image")
        for each in (None, coding)
    )
    assert np.array_equal(packed, plain)


def test_triton_gets_truncated_images(triton: InferenceServerClient, service: httpx.Client) -> None:
    expected = npy(service, {"seeds": [1, 2], "truncation": 0.5})
    for truncation in (np.array([0.5], np.float32), np.array([0.5, 0.5], np.float32)):
        result = triton.infer("digits", [tensor("latent", latents()), tensor("truncation", truncation)])
        assert np.array_equal(result.as_numpy("image"), expected)


def test_triton_gets_png_files_on_request(triton: InferenceServerClient, service: httpx.Client) -> None:
    inputs = [tensor("latent", latents()), tensor("label", np.array([3, 8]))]
    expected = [png(service, "/digits/3/1.png"), png(service, "/digits/8/2.png")]
    result = triton.infer("digits", inputs, outputs=[InferRequestedOutput("png")], model_version="1")
    assert result.as_numpy("png").tolist() == expected
    assert result.as_numpy("image") is None


def test_triton_gets_images_of_a_model_without_classes(triton: InferenceServerClient, service: httpx.Client) -> None:
    seeds = np.arange(40)
    outputs = [InferRequestedOutput("image"), InferRequestedOutput("png")]
    result = triton.infer("mlp", [tensor("seed", seeds)], outputs=outputs)
    assert np.array_equal(result.as_numpy("image"), npy(service, {"seeds": seeds.tolist(), "model": "mlp"}))
    assert result.as_numpy("png")[7] == png(service, "/images/7.png?model=mlp")


def test_json_has_pngs_in_base64(service: httpx.Client) -> None:
    seed = {"name": "seed", "shape": [1], "datatype": "INT64", "data": [1]}
    label = {"name": "label", "shape": [1], "datatype": "INT64", "data": [3]}
    answer = service.post("/v2/models/digits/infer", json={"inputs": [seed, label], "outputs": [{"name": "png"}]})
    [output] = answer.raise_for_status().json()["outputs"]
    image = service.post("/generate", json={"seeds": 1, "labels": 3}).json()["images"][0]
    assert output == {"name": "png", "datatype": "BYTES", "shape": [1], "data": [image["png"]]}


def test_a_body_of_latents_alone_is_answered_in_bytes(service: httpx.Client) -> None:
    header = {"Inference-Header-Content-Length": "0"}
    answer = service.post("/v2/models/digits/infer", content=latents().tobytes(), headers=header).raise_for_status()
    n_json = int(answer.headers["inference-header-content-length"])
    assert answer.content[n_json : n_json + 2 * 784] == npy(service, {"seeds": [1, 2]}).tobytes()


def seed_input(**changes: Any) -> dict[str, Any]:
    return {"inputs": [{"name": "seed", "shape": [1], "datatype": "INT64", "data": [1]} | changes]}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "inputs"),
        ({"inputs": []}, "inputs"),
        (seed_input(name="noise"), "'noise'"),
        (seed_input(datatype="FP64"), "FP32, INT64"),
        (seed_input(datatype="FP32"), "INT64"),
        (seed_input(shape=[2]), "1 elements"),
        (seed_input(shape=[-1]), "shape"),
        (seed_input(shape=[0], data=[]), "0 rows"),
        (seed_input(data=[-1]), "9,007,199,254,740,991"),
        (seed_input(data=[2**63]), "INT64"),
        (seed_input(shape=[0, 2**31 - 1, 2**31 - 1, 2**31 - 1], data=[]), "shape"),
        (seed_input(data=[1.5]), "integers"),
        (seed_input(data=["1"]), "integers"),
        (seed_input(data=[[1], [2, 3]]), "integers"),
        (seed_input(data=None), "binary_data_size"),
        (seed_input(data=None, parameters={"binary_data_size": 8}), "8 bytes"),
        (seed_input(shape=[2000], data=[1] * 2000), "1,024"),
        (seed_input(name="latent", datatype="FP32"), str(SIZE)),
        (seed_input() | {"outputs": [{"name": "jpeg"}]}, "'jpeg'"),
        (seed_input() | {"outputs": [{"name": "png"}, {"name": "png"}]}, "'png'"),
        ({"inputs": seed_input()["inputs"] * 2}, "twice"),
        ({"inputs": [*seed_input()["inputs"], *seed_input(name="label", data=[10])["inputs"]]}, "0 to 9"),
        ({"inputs": [*seed_input()["inputs"], *seed_input(name="label", shape=[2], data=[1, 2])["inputs"]]}, "2 rows"),
    ],
)
def test_invalid_requests_are_errors_of_the_protocol(service: httpx.Client, body: dict[str, Any], said: str) -> None:
    answer = service.post("/v2/models/digits/infer", json=body)
    assert answer.status_code == 400, answer.text
    assert answer.json().keys() == {"error"}
    assert said in answer.json()["error"]


@pytest.mark.parametrize(
    "body",
    [
        seed_input(name="x" * 10_000),
        seed_input(datatype="x" * 10_000),
        seed_input() | {"outputs": [{"name": "x" * 10_000}]},
    ],
)
def test_an_error_does_not_repeat_a_body(service: httpx.Client, body: dict[str, Any]) -> None:
    answer = service.post("/v2/models/digits/infer", json=body)
    assert answer.status_code == 400
    assert len(answer.content) < 1000


def test_whole_numbers_may_be_written_as_floats(service: httpx.Client) -> None:
    answers = [service.post("/v2/models/digits/infer", json=seed_input(data=[seed])) for seed in (7, 7.0)]
    assert answers[0].json() == answers[1].json()
    assert answers[0].status_code == 200


@pytest.mark.parametrize("length", ["-1", "x", "9999", "1.5"])
def test_a_length_beyond_the_body_is_refused(service: httpx.Client, length: str) -> None:
    header = {"Inference-Header-Content-Length": length}
    answer = service.post("/v2/models/digits/infer", json=seed_input(), headers=header)
    assert answer.status_code == 400
    assert "bytes of the body" in answer.json()["error"]


def test_other_errors_have_the_shape_of_the_protocol(service: httpx.Client) -> None:
    for answer, status in (
        (service.post("/v2/models/letters/infer", json=seed_input()), 404),
        (service.post("/v2/models/digits/versions/99/infer", json=seed_input()), 404),
        (service.get("/v2/models/digits/infer"), 405),
        (service.get("/v2/nowhere"), 404),
        (service.post("/v2/models/digits/infer", content=b"{"), 400),
        (service.post("/v2/models/digits/infer", content=b"x" * 70_000), 413),
        (service.post("/v2/models/digits/infer", content=b"x", headers={"Content-Encoding": "br"}), 415),
    ):
        assert (answer.status_code, list(answer.json())) == (status, ["error"])


def test_triton_raises_the_servers_message(triton: InferenceServerClient) -> None:
    with pytest.raises(InferenceServerException, match="-1 for any number"):
        triton.infer("digits", [tensor("latent", latents()[:, :5].copy())])


REFUSED = {
    "priority": {"priority": 1},
    "sequence_id": {"sequence_id": 7, "sequence_start": True},
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_triton_would_do_and_this_service_does_not_is_refused(triton: InferenceServerClient, name: str) -> None:
    with pytest.raises(InferenceServerException, match=f"the parameter '{name}' is not supported; leave it out"):
        triton.infer("digits", [tensor("seed", np.array([1]))], **REFUSED[name])


def test_classification_and_shared_memory_are_refused(triton: InferenceServerClient) -> None:
    seed = tensor("seed", np.array([1]))
    with pytest.raises(InferenceServerException, match=r"'classification' is not supported; .*class_count.* 'label'"):
        triton.infer("digits", [seed], outputs=[InferRequestedOutput("label", class_count=3)])
    output = InferRequestedOutput("image")
    output.set_shared_memory("region", 784)
    with pytest.raises(InferenceServerException, match="'shared_memory_region' is not supported; send data in the"):
        triton.infer("digits", [seed], outputs=[output])
    shared = InferInput("seed", [1], "INT64")
    shared.set_shared_memory("region", 8)
    with pytest.raises(InferenceServerException, match="'shared_memory_region' is not supported"):
        triton.infer("digits", [shared])


def test_timeout_of_a_request_is_kept(triton: InferenceServerClient) -> None:
    assert triton.infer("digits", [tensor("seed", np.array([1]))], timeout=60_000_000).as_numpy("image") is not None
    with pytest.raises(InferenceServerException, match="was not made within 1 microsecond, the request's timeout"):
        triton.infer("digits", [tensor("seed", np.arange(1024))], timeout=1)
