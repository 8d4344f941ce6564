"""What files say about their origin, and that it changes no pixel of a PNG."""

import hashlib
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import orjson
import pytest

from digitgan.engine.engine import Generated
from digitgan.engine.source import Latents, Seeds
from digitgan.formats.items import items
from digitgan.formats.png import render_animation, render_page
from digitgan.picture.job import Job
from digitgan.picture.picture import Picture
from digitgan.picture.provenance import DIGITAL_SOURCE_TYPE, PREFIX, XMP_KEYWORD, origin, title
from digitgan.png.texts import read
from tests.digitgan.formats.pictures import a_job, decoded, generated, numbers

LATENTS = Latents(np.array([[0.1, -2.5, 3e-8, 1.0]] * 3, np.float32))
ABOUT = {"encoder": "1", "model": "tiny", "version": "1"}


def pictures(some: Generated) -> tuple[Job, Generated]:
    return a_job(some), some


def with_metadata(job: Job, **changes: Any) -> Job:
    return replace(job, picture=job.picture.model_copy(update={"metadata": True}), **changes)


def fields_of(png: bytes) -> dict[str, Any]:
    """Return the request fields in a PNG, after checking what it says about the model."""
    texts = {name.removeprefix(PREFIX): text for name, text in read(png).texts.items() if name.startswith(PREFIX)}
    assert {name: texts.pop(name) for name in ABOUT} == ABOUT
    assert texts.pop("sha256") == generated(1).card.file.sha256
    return {name: orjson.loads(text) for name, text in texts.items()}


@pytest.mark.parametrize(
    ("some", "picture", "expected"),
    [
        (generated(1), Picture(), {"truncation": 1.0, "seeds": 100, "labels": 0}),
        (generated(1, labels=False), Picture(invert=True), {"truncation": 1.0, "invert": True, "seeds": 100}),
        (
            generated(3),
            Picture(scale=2, padding=1),
            {"truncation": 1.0, "scale": 2, "seeds": [100, 101, 102], "labels": [0, 1, 2], "padding": 1},
        ),
        (
            generated(3, labels=False),
            Picture(columns=2),
            {"truncation": 1.0, "seeds": [100, 101, 102], "padding": 0, "columns": 2},
        ),
        (generated(2, seeds=False), Picture(), {"truncation": 1.0, "padding": 0}),
        (
            generated(1),
            Picture(ink=True, height=30, color="navy", background="transparent"),
            {
                "truncation": 1.0,
                "ink": True,
                "height": 30,
                "color": "000080",
                "background": "transparent",
                "seeds": 100,
                "labels": 0,
            },
        ),
    ],
)
def test_png_contains_the_fields_of_its_request(some: Generated, picture: Picture, expected: dict[str, Any]) -> None:
    assert fields_of(render_page(with_metadata(a_job(some, picture)), some)) == expected


def test_fields_that_are_equal_for_all_pictures_are_single_values() -> None:
    some = generated(3)
    one_class = replace(some, images=replace(some.images, labels=np.array([7, 7, 7])))
    one_hand = replace(some, source=Seeds([5, 5, 5]))
    both = replace(one_class, source=Seeds([5, 5, 5]))
    for made, seeds, labels in (
        (one_class, [100, 101, 102], 7),
        (one_hand, 5, [0, 1, 2]),
        (both, [5, 5, 5], 7),
    ):
        found = fields_of(render_page(with_metadata(a_job(made)), made))
        assert (found["seeds"], found["labels"]) == (seeds, labels)


def test_numbers_have_their_digits_and_one_seed_each() -> None:
    job, some = numbers("12", "012", gap=1)
    both = {"truncation": 1.0, "seeds": [0, 1], "digits": ["12", "012"], "padding": 0, "gap": 1}
    assert fields_of(render_page(with_metadata(job), some)) == both
    found = [fields_of(item.png) for item in items(with_metadata(job), some)]
    assert [(each["seeds"], each["digits"], each["gap"]) for each in found] == [(0, "12", 1), (1, "012", 1)]
    job, some = numbers("007")
    assert fields_of(render_page(with_metadata(job), some))["digits"] == "007"


def test_separate_images_have_their_own_seed_or_latent() -> None:
    some = generated(3)
    found = [fields_of(item.png) for item in items(with_metadata(a_job(some)), some)]
    assert [(each["seeds"], each["labels"]) for each in found] == [(100, 0), (101, 1), (102, 2)]
    some = replace(generated(3), source=LATENTS)
    for item, latent in zip(items(with_metadata(a_job(some)), some), LATENTS.values, strict=True):
        stored = fields_of(item.png)["latents"]
        assert np.array(stored, np.float32).tobytes() == latent.tobytes()


def test_frames_have_their_keys_together_and_their_latents_separately() -> None:
    keys = {"seeds": [1, 2], "steps": 2, "loop": False}
    some = replace(generated(3), source=LATENTS)
    job = with_metadata(a_job(some, Picture(frame_ms=40)), keys=keys)
    assert fields_of(render_animation(job, some)) == {"truncation": 1.0, "frame_ms": 40, **keys}
    assert fields_of(render_page(job, some)) == {"truncation": 1.0, **keys, "padding": 0}
    assert all("latents" in fields_of(item.png) for item in items(job, some))
    assert fields_of(render_animation(replace(job, keys=None), some)) == {"truncation": 1.0}


@pytest.mark.parametrize("n", [1, 4])
def test_metadata_does_not_change_pixels_or_their_bytes(n: int) -> None:
    some = generated(n)
    plain, marked = (render_page(job, some) for job in (a_job(some), with_metadata(a_job(some))))
    assert marked != plain
    assert (marked[:33], marked[marked.index(b"IDAT") - 4 :]) == (plain[:33], plain[33:])
    assert np.array_equal(decoded(marked), decoded(plain))


def test_png_is_marked_as_generated_by_a_trained_model() -> None:
    some = generated(1)
    packet = read(render_page(with_metadata(a_job(some)), some)).texts[XMP_KEYWORD]
    names = {
        "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "ext": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    }
    meta = ET.fromstring(packet)
    assert meta.tag == "{adobe:ns:meta/}xmpmeta"
    [kind] = meta.findall("rdf:RDF/rdf:Description/ext:DigitalSourceType", names)
    assert kind.text == DIGITAL_SOURCE_TYPE
    assert packet.startswith('<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>')
    assert packet.endswith('<?xpacket end="r"?>')


@pytest.mark.parametrize(
    ("job", "some", "expected"),
    [
        (*pictures(generated(1)), ("0, handwritten", ", seed 100")),
        (*pictures(generated(3)), ("0, 1, 2, handwritten", ", seeds 100, 101, 102")),
        (*pictures(generated(11)), ("11 digits, handwritten", "")),
        (*pictures(generated(2, labels=False)), ("2 digits, handwritten", ", seeds 100, 101")),
        (*pictures(generated(1, seeds=False)), ("0, handwritten", "")),
        (*numbers("1/2"), ("1/2, handwritten", ", seed 0")),
        (*numbers("12", "012"), ("12, 012, handwritten", ", seeds 0, 1")),
        (*numbers(*"01234567890"), ("11 numbers, handwritten", "")),
    ],
)
def test_words_name_what_is_shown_and_its_seeds(job: Job, some: Generated, expected: tuple[str, str]) -> None:
    shown, seeds = expected
    assert title(job, some) == shown
    assert origin(job, some) == f"Generated by a trained model: tiny, version 1{seeds}"


def test_bytes_are_frozen_because_versioned_addresses_are_permanent() -> None:
    some = generated(2)
    content = render_page(with_metadata(a_job(some, truncation=0.7)), some)
    digest = hashlib.sha256(content[33 : content.index(b"IDAT") - 4]).hexdigest()
    assert digest == "c0d59abbfaf7d732cd2c9e33dfd304d5c8acac027a1bf11d45621cf03ef2868b"
