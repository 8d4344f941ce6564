"""Knows what a manifest says. Does not know archives."""

import json

from digitgan.formats.items import Item
from digitgan.formats.manifest import Manifest
from tests.digitgan.formats.pictures import asked, generated


def test_it_is_json_that_holds_every_record_under_its_files_name() -> None:
    manifest = Manifest(asked(generated(1)))
    names = [manifest.name(Item({"seed": seed, "label": 3, "url": "/x"}, b"png")) for seed in (7, 8)]
    assert names == ["000000_seed-7_label-3.png", "000001_seed-8_label-3.png"]
    assert json.loads(b"".join(manifest.end().pieces())) == {
        "model": "tiny",
        "version": "1",
        "images": [
            {"file": name, "seed": seed, "label": 3, "url": "/x"} for name, seed in zip(names, (7, 8), strict=True)
        ],
    }


def test_without_an_image_it_is_json_too() -> None:
    assert json.loads(b"".join(Manifest(asked(generated(1))).end().pieces()))["images"] == []
