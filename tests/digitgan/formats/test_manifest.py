"""What a manifest says, and how its text is kept small until it is sent."""

import json
import tracemalloc
import zlib
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitgan.formats import manifest
from digitgan.formats.items import Item
from digitgan.formats.manifest import Manifest, Spool
from tests.digitgan.formats.pictures import a_job, generated


def test_manifest_holds_every_record_under_its_file_name() -> None:
    pictures = Manifest(a_job(generated(1)))
    names = [pictures.name(Item({"seed": seed, "label": 3, "url": "/x"}, b"png", "3")) for seed in (7, 8)]
    assert names == ["000000_seed-7_label-3.png", "000001_seed-8_label-3.png"]
    assert json.loads(b"".join(pictures.end().pieces())) == {
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


def test_long_spool_leaves_memory_and_returns_the_same_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest, "_MOST_HELD", 2**12)
    spool, line = Spool(), bytes(range(256)) * 4
    tracemalloc.start()
    for number in range(8_192):
        spool.add(sha256(number.to_bytes(4, "little")).digest() + line)
    assert tracemalloc.get_traced_memory()[0] < 2**16
    tracemalloc.stop()
    found = sha256()
    for piece in spool.pieces():
        found.update(piece)
    whole = sha256()
    for number in range(8_192):
        whole.update(sha256(number.to_bytes(4, "little")).digest() + line)
    assert found.digest() == whole.digest()
