"""What OpenAI's own client, unchanged, gets for pictures: numbers and digits in their hand."""

import base64
import io
from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import openai
import pytest
from PIL import Image

PIXELS = {"ink": False}


@pytest.fixture(scope="module")  # making one takes seconds
def client(service: httpx.Client) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=str(service.base_url.join("/v1")), api_key="none", max_retries=0) as made:
        yield made


@pytest.fixture(scope="module")
def digits(service: httpx.Client) -> dict[str, bytes]:
    """Return a drawing of each of two digits in one hand, black on white."""
    return {
        name: service.get(f"/digits/{name}/5.png?ink=true&height=200&invert=true").raise_for_status().content
        for name in ("7", "4")
    }


@pytest.fixture(scope="module")
def hand(service: httpx.Client, digits: dict[str, bytes]) -> str:
    """Return the hand of the seven, as `POST /encode` reads it."""
    answer = service.post("/encode", content=digits["7"], headers={"content-type": "image/png"})
    return str(answer.raise_for_status().json()["hand"])


def pictures(answer: Any) -> list[Any]:
    """Return the pictures of an answer."""
    return list(answer.data or [])


def file_of(picture: Any) -> bytes:
    """Return the file that came in base64."""
    return base64.b64decode(picture.b64_json or "", validate=True)


def test_edit_writes_the_prompt_in_the_hand_of_the_picture(
    client: openai.OpenAI, service: httpx.Client, digits: dict[str, bytes], hand: str
) -> None:
    answer = client.images.edit(image=digits["7"], prompt="a handwritten 2026", mask=digits["4"], quality="low")
    [picture] = pictures(answer)
    assert file_of(picture) == service.get(f"/numbers/2026/{hand}.png?ink=true&height=224&layout=natural").content
    assert (picture.revised_prompt, picture.model_extra["hand"]) == ("2026", hand)
    assert answer.usage and (answer.usage.input_tokens, answer.usage.output_tokens) == (128, 4)


def test_edit_of_several_pictures_writes_in_their_common_hand(
    client: openai.OpenAI, service: httpx.Client, digits: dict[str, bytes]
) -> None:
    files: list[Any] = [("seven.png", digits["7"], "image/png"), io.BytesIO(digits["4"])]
    answer = client.images.edit(image=files, prompt="42", n=2, response_format="url", size="512x512", extra_body=PIXELS)
    first, second = pictures(answer)
    together = service.post("/encode", files=[("image", digits["7"]), ("image", digits["4"])]).json()
    assert first.model_extra["hand"] == together["hand"] != second.model_extra["hand"]
    for picture in (first, second):
        shown = service.get(picture.url or "").raise_for_status()
        assert Image.open(io.BytesIO(shown.content)).size == (504, 252)
        assert "immutable" in shown.headers["cache-control"]


def test_generation_in_the_hand_of_an_edit_makes_the_same_pictures(
    client: openai.OpenAI, digits: dict[str, bytes], hand: str
) -> None:
    edited = client.images.edit(image=digits["7"], prompt="42", n=3)
    made = client.images.generate(prompt="42", n=3, extra_body={"hand": hand})
    assert list(map(file_of, pictures(edited))) == list(map(file_of, pictures(made)))


@pytest.mark.filterwarnings("ignore:deprecated:DeprecationWarning")  # OpenAI no longer answers it, but its client asks
def test_variations_write_the_digit_in_different_hands_near_the_picture(
    client: openai.OpenAI, service: httpx.Client, digits: dict[str, bytes], hand: str
) -> None:
    def images(seed: int) -> list[np.ndarray[Any, Any]]:
        extra = {"seed": seed, **PIXELS}
        answer = client.images.create_variation(image=digits["7"], n=3, size="256x256", extra_body=extra)
        assert {picture.revised_prompt for picture in pictures(answer)} == {"7"}
        return [np.asarray(Image.open(io.BytesIO(file_of(each))), np.float64) for each in pictures(answer)]

    varied, others = images(0), images(2)
    assert np.array_equal(varied[2], others[0])
    itself = service.get(f"/digits/7/{hand}.png?scale=9").content
    stranger = service.get("/digits/7/1000.png?scale=9").content
    near, far = (np.asarray(Image.open(io.BytesIO(each)), np.float64) for each in (itself, stranger))
    for image in varied:
        assert 0 < np.abs(image - near).mean() < np.abs(image - far).mean()


def test_stream_of_an_edit_has_events_of_its_own(client: openai.OpenAI, digits: dict[str, bytes], hand: str) -> None:
    stream = client.images.edit(image=digits["7"], prompt="42", stream=True, partial_images=1)
    events: list[Any] = list(stream)
    assert [event.type for event in events] == ["image_edit.partial_image", "image_edit.completed"]
    assert {event.model_extra["hand"] for event in events} == {hand}


@pytest.mark.parametrize(
    ("image", "options", "param", "message"),
    [
        ("7", {"prompt": "hello"}, "prompt", "only numbers can be drawn"),
        ("7", {"prompt": "7", "n": 11}, "n", "must be an integer from 1 to 10"),
        ("7", {"prompt": "7", "model": "mlp"}, "model", "model 'mlp' reads no pictures; models that do: digits"),
        ("blank", {"prompt": "7"}, "image", "the picture is blank"),
        ("text", {"prompt": "7"}, "image", "not a PNG, JPEG or WebP picture"),
        (["7", "blank"], {"prompt": "7"}, "image/1", "the picture is blank"),
        (["7"] * 17, {"prompt": "7"}, "image", "17 files in the field image; 1 to 16 are allowed"),
    ],
)
def test_edit_that_is_not_possible_is_refused_by_field(
    client: openai.OpenAI,
    digits: dict[str, bytes],
    image: str | list[str],
    options: dict[str, Any],
    param: str,
    message: str,
) -> None:
    blank = io.BytesIO()
    Image.new("L", (100, 100), 255).save(blank, "PNG")
    files = digits | {"blank": blank.getvalue(), "text": b"no picture"}
    given: Any = files[image] if isinstance(image, str) else [files[each] for each in image]
    with pytest.raises(openai.BadRequestError) as refused:
        client.images.edit(image=given, **options)
    assert refused.value.param == param
    assert message in str(refused.value)


@pytest.mark.parametrize("path", ["edits", "variations"])
def test_other_bodies_than_forms_are_refused(service: httpx.Client, path: str) -> None:
    answer = service.post(f"/v1/images/{path}", json={"prompt": "7"})
    assert answer.status_code == 415
    assert "multipart/form-data" in answer.json()["error"]["message"]
