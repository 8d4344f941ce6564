"""Knows what PNGs must say of their origin, and that it changes no pixel. Does not know HTTP, nor the way back."""

import hashlib
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import orjson
import pytest

from digitgan.engine.engine import Generated
from digitgan.formats import apng_body, png_body
from digitgan.formats.items import items
from digitgan.picture.job import Asked
from digitgan.picture.picture import Picture
from digitgan.picture.provenance import DIGITAL_SOURCE_TYPE, PREFIX, XMP_KEYWORD
from digitgan.png.texts import read
from tests.digitgan.formats.pictures import asked, decoded, generated, numbers

LATENTS = np.array([[0.1, -2.5, 3e-8, 1.0]] * 3, np.float32)
ABOUT = {"encoder": "1", "model": "tiny", "version": "1"}


def with_metadata(request: Asked, **changes: Any) -> Asked:
    return replace(request, picture=replace(request.picture, metadata=True), **changes)


def said(png: bytes) -> dict[str, Any]:
    """Return what a PNG says beyond the model's name and version, each text as JSON."""
    texts = {name.removeprefix(PREFIX): text for name, text in read(png).texts.items() if name.startswith(PREFIX)}
    assert {name: texts.pop(name) for name in ABOUT} == ABOUT
    assert texts.pop("sha256") == generated(1).card.file.sha256
    return {name: orjson.loads(text) for name, text in texts.items()}


@pytest.mark.parametrize(
    ("some", "picture", "told"),
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
    ],
)
def test_one_png_tells_what_to_ask_for(some: Generated, picture: Picture, told: dict[str, Any]) -> None:
    assert said(png_body.render(with_metadata(asked(some, picture)), some)) == told


def test_what_is_alike_in_all_pictures_is_told_once() -> None:
    some = generated(3)
    one_class = replace(some, images=replace(some.images, labels=np.array([7, 7, 7])))
    one_hand = replace(some, seeds=[5, 5, 5])
    both = replace(one_class, seeds=[5, 5, 5])
    for made, seeds, labels in (
        (one_class, [100, 101, 102], 7),
        (one_hand, 5, [0, 1, 2]),
        (both, [5, 5, 5], 7),
    ):
        told = said(png_body.render(with_metadata(asked(made)), made))
        assert (told["seeds"], told["labels"]) == (seeds, labels)


def test_numbers_tell_their_digits_and_one_seed_each() -> None:
    request, some = numbers("12", "012", gap=1)
    both = {"truncation": 1.0, "seeds": [0, 1], "digits": ["12", "012"], "padding": 0, "gap": 1}
    assert said(png_body.render(with_metadata(request), some)) == both
    told = [said(item.png) for item in items(with_metadata(request), some)]
    assert [(each["seeds"], each["digits"], each["gap"]) for each in told] == [(0, "12", 1), (1, "012", 1)]
    request, some = numbers("007")
    assert said(png_body.render(with_metadata(request), some))["digits"] == "007"


def test_each_image_by_itself_tells_its_own_seed_or_latent() -> None:
    some = generated(3)
    told = [said(item.png) for item in items(with_metadata(asked(some)), some)]
    assert [(each["seeds"], each["labels"]) for each in told] == [(100, 0), (101, 1), (102, 2)]
    some = replace(generated(3, seeds=False), latents=LATENTS)
    for item, latent in zip(items(with_metadata(asked(some)), some), LATENTS, strict=True):
        told_latent = said(item.png)["latents"]
        assert np.array(told_latent, np.float32).tobytes() == latent.tobytes()


def test_frames_together_tell_their_keys_and_one_by_one_their_latents() -> None:
    keys = {"seeds": [1, 2], "steps": 2, "loop": False}
    some = replace(generated(3, seeds=False), latents=LATENTS)
    request = with_metadata(asked(some, Picture(frame_ms=40)), keys=keys)
    assert said(apng_body.render(request, some)) == {"truncation": 1.0, "frame_ms": 40, **keys}
    assert said(png_body.render(request, some)) == {"truncation": 1.0, **keys, "padding": 0}
    assert all("latents" in said(item.png) for item in items(request, some))
    assert said(apng_body.render(replace(request, keys=None), some)) == {"truncation": 1.0}


@pytest.mark.parametrize("n", [1, 4])
def test_pixels_and_their_bytes_are_those_without_metadata(n: int) -> None:
    some = generated(n)
    plain, told = (png_body.render(request, some) for request in (asked(some), with_metadata(asked(some))))
    assert told != plain
    assert (told[:33], told[told.index(b"IDAT") - 4 :]) == (plain[:33], plain[33:])
    assert np.array_equal(decoded(told), decoded(plain))


def test_every_png_is_marked_as_what_a_trained_model_made() -> None:
    some = generated(1)
    packet = read(png_body.render(with_metadata(asked(some)), some)).texts[XMP_KEYWORD]
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


def test_the_bytes_are_frozen_since_versioned_addresses_are_for_good() -> None:
    some = generated(2)
    content = png_body.render(with_metadata(asked(some, truncation=0.7)), some)
    digest = hashlib.sha256(content[33 : content.index(b"IDAT") - 4]).hexdigest()
    assert digest == "c0d59abbfaf7d732cd2c9e33dfd304d5c8acac027a1bf11d45621cf03ef2868b"
