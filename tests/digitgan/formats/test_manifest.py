"""What a manifest says, and how its text is kept small until it is sent."""

import json
import zlib

from hypothesis import given
from hypothesis import strategies as st

from digitgan.formats.items import Item
from digitgan.formats.manifest import Manifest, Spool
from tests.digitgan.formats.pictures import a_job, generated


def test_manifest_holds_every_record_under_its_file_name() -> None:
    manifest = Manifest(a_job(generated(1)))
    names = [manifest.name(Item({"seed": seed, "label": 3, "url": "/x"}, b"png")) for seed in (7, 8)]
    assert names == ["000000_seed-7_label-3.png", "000001_seed-8_label-3.png"]
    assert json.loads(b"".join(manifest.end().pieces())) == {
        "model": "tiny",
        "version": "1",
        "images": [
            {"file": name, "seed": seed, "label": 3, "url": "/x"} for name, seed in zip(names, (7, 8), strict=True)
        ],
    }


def test_manifest_without_images_is_json() -> None:
    assert json.loads(b"".join(Manifest(a_job(generated(1))).end().pieces()))["images"] == []


@given(st.lists(st.binary(max_size=100)))
def test_spool_returns_all_text_in_order_with_size_and_checksum(texts: list[bytes]) -> None:
    spool = Spool()
    for text in texts:
        spool.add(text)
    whole = b"".join(texts)
    assert (spool.size, spool.checksum) == (len(whole), zlib.crc32(whole))
    assert b"".join(spool.pieces()) == whole


def test_spool_returns_pieces_of_at_most_64_kib() -> None:
    spool = Spool()
    for number in range(200_000):
        spool.add(b"%d," % number)
    pieces = list(spool.pieces())
    assert max(map(len, pieces)) <= 2**16
    assert b"".join(pieces) == b"".join(b"%d," % number for number in range(200_000))
