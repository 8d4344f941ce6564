"""What OpenAI's own client, unchanged, requests and gets."""

import base64
import io
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import openai
import pytest
from PIL import Image

SEED = {"seed": 7}
PIXELS = {"seed": 7, "ink": False}


@pytest.fixture(scope="module")  # making one takes seconds
def client(service: httpx.Client) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=str(service.base_url.join("/v1")), api_key="none", max_retries=0) as made:
        yield made


def pictures(answer: Any) -> list[Any]:
    """Return the pictures of an answer."""
    return list(answer.data or [])


def opened(picture: Any) -> Image.Image:
    """Return the picture that came in base64."""
    return Image.open(io.BytesIO(file_of(picture)))


def file_of(picture: Any) -> bytes:
    """Return the file that came in base64."""
    return base64.b64decode(picture.b64_json or "", validate=True)


def test_documented_sample_of_the_client_writes_a_picture(client: openai.OpenAI, service: httpx.Client) -> None:
    answer = client.images.generate(model="gpt-image-1", prompt="a handwritten 42", extra_body=SEED)
    [picture] = pictures(answer)
    assert file_of(picture) == service.get("/numbers/42/7.png?ink=true&height=224&layout=natural").content
    size = "{}x{}".format(*opened(picture).size)
    assert size.endswith("x224")
    assert (picture.url, picture.revised_prompt, picture.model_extra) == (None, "42", {**SEED, "size": size})
    assert (answer.size, answer.output_format, answer.background) == (size, "png", "opaque")
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


@pytest.mark.parametrize(
    ("prompt", "n", "more", "options"),
    [
        ("a handwritten 42", 3, {}, {"size": "1000x333"}),
        ("3", 2, {}, {}),
        ("3", 2, {"ink": False}, {"size": "100x100"}),
        ("12/31/2026", 2, {"layout": "grid", "color": "navy"}, {"size": "512x512", "background": "transparent"}),
    ],
)
def test_pictures_are_at_their_permanent_addresses(
    client: openai.OpenAI, service: httpx.Client, prompt: str, n: int, more: dict[str, Any], options: Any
) -> None:
    body = SEED | more
    by_address = pictures(client.images.generate(prompt=prompt, n=n, response_format="url", extra_body=body, **options))
    made = pictures(client.images.generate(prompt=prompt, n=n, extra_body=body, **options))
    assert len(by_address) == len(made) == n
    for i, (address, picture) in enumerate(zip(by_address, made, strict=True)):
        answer = service.get(address.url or "")
        assert "immutable" in answer.headers["cache-control"]
        assert answer.content == file_of(picture)
        size = "{}x{}".format(*opened(picture).size)
        assert address.model_extra == picture.model_extra == {"seed": 7 + i, "size": size}


def test_answers_without_a_seed_differ(client: openai.OpenAI) -> None:
    first, second = (pictures(client.images.generate(prompt="2026"))[0] for _ in range(2))
    assert file_of(first) != file_of(second)


@pytest.mark.parametrize(
    ("more", "size", "expected"),
    [
        ({"ink": False}, "1024x1024", (1008, 252)),
        ({"ink": False}, "112x500", (112, 28)),
        ({"ink": False}, "auto", (896, 224)),
        ({"layout": "grid"}, "1023x1024", (1020, 255)),
        ({"layout": "grid"}, "99999x99", (396, 99)),
        ({"layout": "grid"}, "99999x300", (1200, 300)),
        ({"layout": "grid"}, "auto", (896, 224)),
    ],
)
@pytest.mark.parametrize("file_format", ["png", "webp"])
def test_a_picture_is_the_largest_that_fits(
    client: openai.OpenAI, file_format: Any, more: dict[str, Any], size: Any, expected: tuple[int, int]
) -> None:
    answer = client.images.generate(prompt="2026", size=size, output_format=file_format, extra_body=more)
    image = opened(pictures(answer)[0])
    assert (image.size, image.format) == (expected, file_format.upper())
    assert (answer.size, answer.output_format) == ("{}x{}".format(*expected), file_format)


@pytest.mark.parametrize("size", ["1024x1024", "500x60", "200x1792"])
def test_each_number_as_people_write_it_is_the_largest_that_fits(
    client: openai.OpenAI, service: httpx.Client, size: Any
) -> None:
    width, height = map(int, size.split("x"))
    answer = client.images.generate(prompt="12/31/2026", n=4, size=size, extra_body=SEED)
    shown = [opened(each).size for each in pictures(answer)]
    assert [each.model_extra["size"] for each in pictures(answer)] == ["{}x{}".format(*each) for each in shown]
    assert (answer.size is None) == (len(set(shown)) > 1)
    for i, (own_width, own_height) in enumerate(shown):
        assert own_width <= width and own_height <= height
        if own_height < height:
            larger = f"/numbers/12%2F31%2F2026/{7 + i}.png?ink=true&height={own_height + 1}&layout=natural"
            with Image.open(io.BytesIO(service.get(larger).content)) as image:
                assert image.width > width


@pytest.mark.parametrize("file_format", ["png", "webp"])
def test_background_is_transparent_if_the_client_wishes(client: openai.OpenAI, file_format: Any) -> None:
    how: dict[str, Any] = {"prompt": "12:45", "background": "transparent", "output_format": file_format}
    for more, colour in ((SEED, (0, 0, 0)), (SEED | {"color": "navy"}, (0, 0, 128)), (PIXELS, (0, 0, 0))):
        answer = client.images.generate(**how, extra_body=more)
        assert answer.background == "transparent"
        *rgb, alpha = opened(pictures(answer)[0]).convert("RGBA").split()
        assert alpha.getextrema() == (0, 255)
        darkest = max(zip(alpha.tobytes(), *(each.tobytes() for each in rgb), strict=True))
        assert darkest == (255, *colour)


def test_webp_shows_the_pixels_of_png(client: openai.OpenAI) -> None:
    formats: list[dict[str, Any]] = [{}, {"output_format": "webp"}]
    for prompt, more in (("3", SEED), ("1415", SEED), ("(14) 15", PIXELS)):
        png, webp = (
            [file_of(each) for each in pictures(client.images.generate(prompt=prompt, n=2, extra_body=more, **how))]
            for how in formats
        )
        for one, other in zip(png, webp, strict=True):
            with Image.open(io.BytesIO(one)) as expected, Image.open(io.BytesIO(other)) as got:
                assert got.convert("L").tobytes() == expected.tobytes()


@pytest.mark.parametrize(
    ("prompt", "most", "lengths"),
    [
        ("2026", 3, [1, 2, 3]),
        ("2026", 1, [2]),
        ("42", 3, [1]),
        ("7", 3, []),
        ("2026", 0, []),
        ("2026", None, []),
        ("7/9/26", 3, [1, 3, 4]),
    ],
)
def test_stream_shows_the_number_as_it_is_written(
    client: openai.OpenAI, prompt: str, most: int | None, lengths: list[int]
) -> None:
    options: Any = {} if most is None else {"partial_images": most}
    stream = client.images.generate(prompt=prompt, n=2, stream=True, extra_body=PIXELS, **options)
    events: list[Any] = list(stream)
    whole = pictures(client.images.generate(prompt=prompt, n=2, extra_body=PIXELS))
    expected = ["image_generation.partial_image"] * len(lengths) + ["image_generation.completed"]
    assert [event.type for event in events] == expected * 2
    assert [event.partial_image_index for event in events if "partial" in event.type] == [*range(len(lengths))] * 2
    for event in events:
        type(event).model_validate(event.model_dump())  # the client itself does not check
    last = [event for event in events if event.type == "image_generation.completed"]
    assert [file_of(event) for event in last] == [file_of(picture) for picture in whole]
    assert [event.usage.output_tokens for event in last] == [sum(map(str.isdigit, prompt))] * 2
    with Image.open(io.BytesIO(file_of(whole[0]))) as complete:
        for event, length in zip(events, lengths, strict=False):
            with Image.open(io.BytesIO(file_of(event))) as partial:
                left = (0, 0, length * 224, 224)
                assert partial.size == complete.size
                assert partial.crop(left).tobytes() == complete.crop(left).tobytes()
                assert partial.crop((left[2], 0, *complete.size)).getbbox() is None


def test_stream_shows_ink_at_the_same_place_as_it_is_written(client: openai.OpenAI) -> None:
    how: dict[str, Any] = {"prompt": "7/9/26", "background": "opaque", "extra_body": SEED}
    *events, last = client.images.generate(**how, stream=True, partial_images=3)
    whole = np.array(opened(pictures(client.images.generate(**how))[0]))
    assert np.array_equal(np.array(opened(last)), whole)
    ends = []
    for event in events:
        partial = np.array(opened(event))
        assert event.size == f"{partial.shape[1]}x{partial.shape[0]}"
        assert (partial <= whole).all()
        ends.append(int((partial < whole).any(axis=0).argmax()))  # where the first digit or sign begins that is missing
        assert not partial[:, ends[-1] + 112 :].any()
    assert ends == sorted(set(ends)) and ends[0] > 0


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
        ({"prompt": "7", "size": "28x27"}, "size"),
        ({"prompt": "2026", "size": "40x1024", "extra_body": {"seed": 7}}, "size"),  # two hands in 1,000 are narrower
        ({"prompt": "1" * 64, "size": "99999x99999"}, "size"),
        ({"prompt": "1" * 64, "size": "99999x99999", "extra_body": {"ink": False}}, "size"),
        ({"prompt": "1" * 20, "size": "99999x700", "output_format": "webp"}, "size"),
        ({"prompt": "7", "response_format": "jpeg"}, "response_format"),
        ({"prompt": "7", "output_format": "jpeg"}, "output_format"),
        ({"prompt": "7", "background": "navy"}, "background"),
        ({"prompt": "42", "extra_body": {"ink": False, "layout": "natural"}}, "layout"),
        ({"prompt": "42", "extra_body": {"layout": "spiral"}}, "layout"),
        ({"prompt": "42", "extra_body": {"color": "octarine"}}, "color"),
        ({"prompt": "42", "extra_body": {"ink": 1}}, "ink"),
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


def test_operations_that_are_missing_say_what_there_is(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="POST /v1/images/generations") as raised:
        client.embeddings.create(model="digits", input="7")
    assert raised.value.code == "not_found"
