"""What Hugging Face's own client, unchanged, requests and gets."""

import io
from pathlib import Path
from typing import Any

import httpx
import pytest
from huggingface_hub import InferenceClient
from huggingface_hub.errors import HfHubHTTPError
from PIL import Image

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
    assert picture.tobytes() == pixels_at(service, "/numbers/42/7.png?scale=8")


def test_pictures_without_a_seed_differ(service: httpx.Client) -> None:
    client = client_of(service)
    first, second = (client.text_to_image("42") for _ in range(2))
    assert first.size == second.size == (448, 224)
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
def test_picture_is_the_largest_that_fits(
    service: httpx.Client, options: dict[str, Any], size: tuple[int, int]
) -> None:
    assert client_of(service).text_to_image("42", **options).size == size


@pytest.mark.parametrize(
    ("prompt", "options", "status", "said"),
    [
        ("a cat", {}, 422, "the inputs must contain one number"),
        ("42", {"width": 55}, 422, "at least 56x28 pixels"),
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
        assert client_of(service, token=key).text_to_image("42").size == (448, 224)
        with pytest.raises(HfHubHTTPError, match="the API key is not valid"):
            client_of(service, token="another").text_to_image("42")
