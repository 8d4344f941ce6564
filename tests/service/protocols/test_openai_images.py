"""What OpenAI's own client, unchanged, requests and gets."""

import base64
import io
from collections.abc import Iterator
from typing import Any

import httpx
import openai
import pytest
from PIL import Image

SEED = {"seed": 7}


@pytest.fixture(scope="module")  # making one takes seconds
def client(service: httpx.Client) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=str(service.base_url.join("/v1")), api_key="none", max_retries=0) as made:
        yield made


def pictures(answer: Any) -> list[Any]:
    """Return the pictures of an answer."""
    return list(answer.data or [])


def file_of(picture: Any) -> bytes:
    """Return the file that came in base64."""
    return base64.b64decode(picture.b64_json or "", validate=True)


def test_documented_sample_of_the_client_writes_a_picture(client: openai.OpenAI, service: httpx.Client) -> None:
    answer = client.images.generate(model="gpt-image-1", prompt="a handwritten 42", extra_body=SEED)
    [picture] = pictures(answer)
    assert file_of(picture) == service.get("/numbers/42/7.png?scale=8").content
    assert (picture.url, picture.revised_prompt, picture.model_extra) == (None, "42", SEED)
    assert (answer.size, answer.output_format, answer.background) == ("448x224", "png", "opaque")
    assert answer.usage and (answer.usage.output_tokens, answer.usage.total_tokens) == (2, 2)
    assert answer.usage.output_tokens_details and answer.usage.output_tokens_details.image_tokens == 2


@pytest.mark.parametrize(
    ("options", "has_address"),
    [
        ({}, False),
        ({"model": "gpt-image-2"}, False),
        ({"model": "digits"}, False),
        ({"model": "dall-e-3"}, True),
        ({"model": "dall-e-2", "response_format": "b64_json"}, False),
        ({"response_format": "url"}, True),
    ],
)
def test_pictures_come_in_base64_unless_addresses_are_usual(
    client: openai.OpenAI, options: dict[str, Any], has_address: bool
) -> None:
    [picture] = pictures(client.images.generate(prompt="7", **options))
    assert (picture.url is not None, picture.b64_json is None) == (has_address, has_address)


@pytest.mark.parametrize(("prompt", "n"), [("a handwritten 42", 3), ("3", 2)])
def test_pictures_are_at_their_permanent_addresses(
    client: openai.OpenAI, service: httpx.Client, prompt: str, n: int
) -> None:
    by_address = pictures(client.images.generate(prompt=prompt, n=n, response_format="url", extra_body=SEED))
    made = pictures(client.images.generate(prompt=prompt, n=n, extra_body=SEED))
    assert len(by_address) == len(made) == n
    for i, (address, picture) in enumerate(zip(by_address, made, strict=True)):
        answer = service.get(address.url or "")
        assert "immutable" in answer.headers["cache-control"]
        assert answer.content == file_of(picture)
        assert address.model_extra == picture.model_extra == {"seed": 7 + i}


def test_answers_without_a_seed_differ(client: openai.OpenAI) -> None:
    first, second = (pictures(client.images.generate(prompt="2026"))[0] for _ in range(2))
    assert file_of(first) != file_of(second)


@pytest.mark.parametrize(
    ("size", "expected"),
    [("1024x1024", (1008, 252)), ("112x500", (112, 28)), ("256x256", (224, 56)), ("auto", (896, 224))],
)
@pytest.mark.parametrize("file_format", ["png", "webp"])
def test_a_picture_is_the_largest_that_fits(
    client: openai.OpenAI, file_format: Any, size: Any, expected: tuple[int, int]
) -> None:
    answer = client.images.generate(prompt="2026", size=size, output_format=file_format)
    with Image.open(io.BytesIO(file_of(pictures(answer)[0]))) as image:
        assert (image.size, image.format) == (expected, file_format.upper())
    assert (answer.size, answer.output_format) == ("{}x{}".format(*expected), file_format)


def test_webp_shows_the_pixels_of_png(client: openai.OpenAI) -> None:
    for prompt in ("3", "1415"):
        png, webp = (
            [file_of(each) for each in pictures(client.images.generate(prompt=prompt, n=2, **how))]
            for how in ({"extra_body": SEED}, {"extra_body": SEED, "output_format": "webp"})
        )
        for one, other in zip(png, webp, strict=True):
            with Image.open(io.BytesIO(one)) as expected, Image.open(io.BytesIO(other)) as got:
                assert got.convert("L").tobytes() == expected.tobytes()


@pytest.mark.parametrize(
    ("prompt", "most", "lengths"),
    [("2026", 3, [1, 2, 3]), ("2026", 1, [2]), ("42", 3, [1]), ("7", 3, []), ("2026", 0, []), ("2026", None, [])],
)
def test_stream_shows_the_number_as_it_is_written(
    client: openai.OpenAI, prompt: str, most: int | None, lengths: list[int]
) -> None:
    options: Any = {} if most is None else {"partial_images": most}
    stream = client.images.generate(prompt=prompt, n=2, stream=True, extra_body=SEED, **options)
    events: list[Any] = list(stream)
    whole = pictures(client.images.generate(prompt=prompt, n=2, extra_body=SEED))
    expected = ["image_generation.partial_image"] * len(lengths) + ["image_generation.completed"]
    assert [event.type for event in events] == expected * 2
    assert [event.partial_image_index for event in events if "partial" in event.type] == [*range(len(lengths))] * 2
    for event in events:
        type(event).model_validate(event.model_dump())  # the client itself does not check
    last = [event for event in events if event.type == "image_generation.completed"]
    assert [file_of(event) for event in last] == [file_of(picture) for picture in whole]
    assert [event.usage.output_tokens for event in last] == [len(prompt)] * 2
    with Image.open(io.BytesIO(file_of(whole[0]))) as complete:
        for event, length in zip(events, lengths, strict=False):
            with Image.open(io.BytesIO(file_of(event))) as partial:
                left = (0, 0, length * 224, 224)
                assert partial.size == complete.size
                assert partial.crop(left).tobytes() == complete.crop(left).tobytes()
                assert partial.crop((left[2], 0, *complete.size)).getbbox() is None


def test_options_of_other_services_are_accepted(client: openai.OpenAI) -> None:
    made = client.images.generate(
        prompt="5",
        model="gpt-image-1.5",
        complexity="low",
        quality="high",
        style="vivid",
        user="someone",
        safety_identifier="someone",
        background="auto",
        moderation="low",
        output_compression=50,
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
        ({"prompt": "1" * 64, "n": 10}, "size"),
        ({"prompt": "1" * 20, "size": "99999x99999", "output_format": "webp"}, "size"),
        ({"prompt": "7", "response_format": "jpeg"}, "response_format"),
        ({"prompt": "7", "output_format": "jpeg"}, "output_format"),
        ({"prompt": "7", "background": "transparent"}, "background"),
        ({"prompt": "7", "stream": True, "partial_images": 4}, "partial_images"),
        ({"prompt": "7", "frame_count": 9}, "frame_count"),
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


@pytest.mark.filterwarnings("ignore:deprecated")  # by the client, for OpenAI's own service
def test_operations_that_are_missing_say_what_there_is(client: openai.OpenAI) -> None:
    picture = io.BytesIO(b"a picture")
    for operation in (
        lambda: client.images.edit(image=picture, prompt="7"),
        lambda: client.images.create_variation(image=picture),
        lambda: client.embeddings.create(model="digits", input="7"),
    ):
        with pytest.raises(openai.NotFoundError, match="POST /v1/images/generations") as raised:
            operation()
        assert raised.value.code == "not_found"
