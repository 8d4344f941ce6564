"""What OpenAI's own client, unchanged, requests and gets."""

import base64
import io
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest
from PIL import Image

from digitgan.contract.errors import InvalidPlan
from service.protocols.openai_images import ImagesRequest

SEED = {"seed": 7}


@pytest.fixture(scope="module")  # making one takes seconds
def client(service: httpx.Client) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=str(service.base_url.join("/v1")), api_key="none", max_retries=0) as made:
        yield made


def test_a_digit_comes_as_base64_png(client: openai.OpenAI, service: httpx.Client) -> None:
    answer = client.images.generate(prompt="7", response_format="b64_json", extra_body=SEED)
    [picture] = answer.data or []
    assert base64.b64decode(picture.b64_json or "") == service.get("/digits/7/7.png?scale=8").content
    assert (picture.url, picture.model_extra) == (None, SEED)
    assert (answer.model_extra or vars(answer))["size"] == "224x224"


@pytest.mark.parametrize(("prompt", "n"), [("a handwritten 42", 3), ("3", 2)])
def test_pictures_are_at_their_permanent_addresses(
    client: openai.OpenAI, service: httpx.Client, prompt: str, n: int
) -> None:
    by_address = client.images.generate(prompt=prompt, n=n, extra_body=SEED).data or []
    made = client.images.generate(prompt=prompt, n=n, response_format="b64_json", extra_body=SEED).data or []
    assert len(by_address) == len(made) == n
    for i, (address, picture) in enumerate(zip(by_address, made, strict=True)):
        answer = service.get(address.url or "")
        assert "immutable" in answer.headers["cache-control"]
        assert answer.content == base64.b64decode(picture.b64_json or "")
        assert address.model_extra == picture.model_extra == {"seed": 7 + i}


def test_answers_without_a_seed_differ(client: openai.OpenAI) -> None:
    first, second = (client.images.generate(prompt="2026").data or [] for _ in range(2))
    assert first[0].url != second[0].url


@pytest.mark.parametrize(
    ("size", "expected"),
    [("1024x1024", (1008, 252)), ("112x500", (112, 28)), ("256x256", (224, 56)), ("auto", (896, 224))],
)
def test_a_picture_is_the_largest_that_fits(client: openai.OpenAI, size: Any, expected: tuple[int, int]) -> None:
    made = client.images.generate(prompt="2026", size=size, response_format="b64_json").data or []
    with Image.open(io.BytesIO(base64.b64decode(made[0].b64_json or ""))) as image:
        assert image.size == expected


def test_options_of_other_services_are_accepted(client: openai.OpenAI) -> None:
    made = client.images.generate(
        prompt="5",
        model="dall-e-3",
        quality="hd",
        style="vivid",
        user="someone",
        background="transparent",
        moderation="low",
        size="1792x1024",
    )
    assert len(made.data or []) == 1


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"prompt": "a cat"}, "prompt"),
        ({"prompt": "7 or 8"}, "prompt"),
        ({"prompt": "1" * 65}, "prompt"),
        ({"prompt": "7", "n": 11}, "n"),
        ({"prompt": "7", "size": "27x1024"}, "size"),
        ({"prompt": "7", "size": "huge"}, "size"),
        ({"prompt": "7", "response_format": "jpeg"}, "response_format"),
        ({"prompt": "7", "extra_body": {"seed": -1}}, "seed"),
        ({"prompt": "7", "n": 2, "extra_body": {"seed": 2**53 - 1}}, "seed"),
        ({"prompt": "7", "extra_body": {"colour": "red"}}, "colour"),
        ({"prompt": "7", "extra_body": {"stream": 0}}, "stream"),
        ({"prompt": "7", "model": "mlp"}, "prompt"),
    ],
)
def test_invalid_requests_are_errors_of_that_api(client: openai.OpenAI, options: dict[str, Any], field: str) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        client.images.generate(**options)
    error = raised.value
    assert (error.param, error.type, error.code) == (field, "invalid_request_error", "invalid_request")
    assert len(str(error.body)) > 20


def test_unknown_paths_are_errors_of_that_api(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as raised:
        client.models.list()
    assert raised.value.code == "not_found"


@pytest.mark.parametrize(("prompt", "digits"), [("7", "7"), ("a handwritten 42", "42"), ("No.007!", "007")])
def test_the_one_number_in_the_prompt_is_written(prompt: str, digits: str) -> None:
    assert ImagesRequest(prompt=prompt).digits == digits


@pytest.mark.parametrize("prompt", ["", "a cat", "7 or 8", "1" * 65, "\u0667"])
def test_prompts_without_exactly_one_number_are_refused(prompt: str) -> None:
    with pytest.raises(InvalidPlan, match="one number of 1 to 64 digits"):
        _ = ImagesRequest(prompt=prompt).digits
