"""What Hugging Face's own client, unchanged, requests and gets."""

import io
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from huggingface_hub import InferenceClient
from huggingface_hub.errors import HfHubHTTPError
from PIL import Image

from digitgan.contract.hand import token_of
from service.access.key_file import add_key
from service.app import create_app
from service.settings import Settings
from tests.live import live


def client_of(service: httpx.Client, path: str = "/models/digits", token: str | None = None) -> InferenceClient:
    return InferenceClient(str(service.base_url.join(path)), token=token)


def pixels_at(service: httpx.Client, address: str) -> bytes:
    with Image.open(io.BytesIO(service.get(address).raise_for_status().content)) as image:
        return image.convert("L").tobytes()


@pytest.mark.parametrize("path", ["/models/digits", "/models/digits/1"])
def test_the_number_is_written_in_the_hand_of_the_seed(service: httpx.Client, path: str) -> None:
    picture = client_of(service, path).text_to_image("forty-two", seed=7)
    assert picture.tobytes() == pixels_at(service, "/numbers/42/7.png?ink=true&height=224&layout=natural")


def test_the_number_is_written_in_the_hand_of_a_token(service: httpx.Client) -> None:
    hand = token_of(np.linspace(-2, 2, 64))
    picture = client_of(service).text_to_image("forty-two", extra_body={"hand": hand})
    assert picture.tobytes() == pixels_at(service, f"/numbers/42/{hand}.png?ink=true&height=224&layout=natural")
    with pytest.raises(HfHubHTTPError, match="give seed or hand, not both"):
        client_of(service).text_to_image("42", seed=7, extra_body={"hand": hand})


def test_pictures_without_a_seed_differ(service: httpx.Client) -> None:
    client = client_of(service)
    first, second = (client.text_to_image("42") for _ in range(2))
    assert first.height == second.height == 224
    assert first.tobytes() != second.tobytes()


@pytest.mark.parametrize(
    ("options", "size"),
    [
        ({"width": 512, "height": 512}, (504, 252)),
        ({"width": 60}, (56, 28)),
        ({"height": 60}, (112, 56)),
        ({"negative_prompt": "blue", "num_inference_steps": 4, "guidance_scale": 7.5, "scheduler": "x"}, (448, 224)),
    ],
)
def test_picture_in_pixels_is_the_largest_that_fits(
    service: httpx.Client, options: dict[str, Any], size: tuple[int, int]
) -> None:
    assert client_of(service).text_to_image("42", extra_body={"ink": False}, **options).size == size


def test_picture_in_ink_is_the_largest_that_fits(service: httpx.Client) -> None:
    client = client_of(service)
    for width, height in ((512, 512), (150, None), (None, 60), (223, 99)):
        picture = client.text_to_image("1,250.5", width=width, height=height, seed=7)
        address = f"/numbers/1%2C250.5/7.png?ink=true&layout=natural&height={picture.height}"
        assert picture.tobytes() == pixels_at(service, address)
        assert picture.height == height or (width and picture.width <= width < picture.width * 1.05)


def test_where_the_picture_is_is_said_if_its_height_is_known(service: httpx.Client) -> None:
    body: dict[str, Any] = {"inputs": "42", "parameters": {"seed": 7, "height": 100, "color": "navy"}}
    answer = service.post("/models/digits", json=body)
    assert service.get(answer.headers["content-location"]).content == answer.content
    body["parameters"]["width"] = 100
    assert "content-location" not in service.post("/models/digits", json=body).headers


@pytest.mark.parametrize(
    ("prompt", "options", "status", "said"),
    [
        ("a cat", {}, 422, "the inputs must contain one number"),
        ("42", {"width": 30, "seed": 7}, 422, r"at least 28 pixels high and \d\d wide"),
        ("42", {"width": 55, "extra_body": {"ink": False}}, 422, "at least 28 pixels high and 56 wide"),
        ("42", {"height": 20}, 422, "at least 28 pixels high"),
        ("42", {"extra_body": {"color": "octarine"}}, 422, "no colour 'octarine'"),
        ("42", {"seed": -1}, 422, "must be an integer from 0"),
        ("42", {"extra_body": {"sed": 7}}, 422, "did you mean 'seed'"),
        ("1" * 64, {"width": 99_999}, 422, "pixels; the limit is"),
    ],
)
def test_client_shows_what_is_wrong(
    service: httpx.Client, prompt: str, options: dict[str, Any], status: int, said: str
) -> None:
    with pytest.raises(HfHubHTTPError, match=said) as raised:
        client_of(service).text_to_image(prompt, **options)
    assert raised.value.response.status_code == status


def test_client_shows_which_models_there_are(service: httpx.Client) -> None:
    with pytest.raises(HfHubHTTPError, match="available models: digits"):
        client_of(service, "/models/flux").text_to_image("42")
    with pytest.raises(HfHubHTTPError, match="has no classes"):
        client_of(service, "/models/mlp").text_to_image("42")
    assert service.get("/models/flux").headers["content-type"] == "application/problem+json"


def test_token_of_the_client_is_the_key(tmp_path: Path, models_dir: Path) -> None:
    key = add_key(tmp_path / "keys.json", "shop")
    with live(create_app(Settings(models_dir=models_dir, keys_file=tmp_path / "keys.json", threads=1))) as service:
        assert client_of(service, token=key).text_to_image("42").height == 224
        with pytest.raises(HfHubHTTPError, match="the API key is not valid"):
            client_of(service, token="another").text_to_image("42")
