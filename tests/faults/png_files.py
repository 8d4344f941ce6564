"""PNG files that the service wrote, as chunks, and what an inspection of any file may result in.

`test_hostile_pngs` changes them by plan, `fuzz_inspection` guided by code coverage.
"""

import json
import shlex
import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from digitgan.cli.tree import main
from digitgan.picture.provenance import PREFIX
from digitgan.png.texts import BadPng, read
from service.cli.inspection import CannotInspect, parse
from service.routes.generate import GenerateRequest
from service.routes.interpolate import InterpolateRequest
from tests.processes import ROOT

SIGNATURE = b"\x89PNG\r\n\x1a\n"
URL = "http://here"
OURS = {
    "digit.png": ["7", "--seed", "9007199254740991"],
    "numbers.png": ["2026", "12", "--seed", "3", "--gap", "2", "--scale", "2", "--invert", "--truncation", "0.7"],
    "film.apng": ["2026", "--seed", "3"],
}

FIELDS = (GenerateRequest.model_fields | InterpolateRequest.model_fields).keys() - {"model", "version", "metadata"}

Chunk = tuple[bytes, bytes]  # the kind, of four bytes, and the body


def write_ours(folder: Path) -> list[Path]:
    """Have the service write some files with metadata, and return them."""
    files = [folder / name for name in OURS]
    for file, words in zip(files, OURS.values(), strict=True):
        assert main(["write", *words, "--metadata", "-o", str(file), "--models-dir", str(ROOT / "exported")]) == 0
    return files


def check(content: bytes) -> bool:
    """Inspect a file and return whether it passed for one of the service's; fail unless it passed or was refused.

    The text must not move a terminal's cursor, the JSON must parse, and the line for a shell must be nothing but curl
    with the request that was found.
    """
    try:
        inspection = parse("it", read(content))
    except (BadPng, CannotInspect) as refused:
        assert str(refused).isprintable()
        return False
    assert all(line.isprintable() for line in inspection.as_text(URL).split("\n"))
    described = json.loads(inspection.as_json(URL))
    if described["curl"] is not None:
        curl, quiet, address, _, request, _, accept, *rest = shlex.split(described["curl"])
        assert [curl, quiet, address, *rest] == ["curl", "-sf", URL + described["path"], "-o", "again.png"]
        assert accept == f"accept: {described['accept']}"
        assert json.loads(request) == described["request"]
    return True


def chunks(content: bytes) -> Iterator[Chunk]:
    """Yield the chunks of a file as far as it goes, without verifying checksums."""
    start = len(SIGNATURE)
    while start + 8 <= len(content):
        length, kind = struct.unpack(">I4s", content[start : start + 8])
        yield kind, content[start + 8 : start + 8 + length]
        start += 12 + length


def field_of(chunk: Chunk) -> str | None:
    """Return the field of the request or of the model that a chunk holds; None for any other chunk."""
    kind, body = chunk
    keyword = body.partition(b"\0")[0].decode("latin-1") if kind == b"tEXt" else ""
    return keyword.removeprefix(PREFIX) if keyword.startswith(PREFIX) else None


def png(parts: Iterable[Chunk]) -> bytes:
    """Return a file with these chunks, each with its length and checksum."""
    return SIGNATURE + b"".join(
        struct.pack(">I", len(body)) + kind + body + zlib.crc32(kind + body).to_bytes(4, "big") for kind, body in parts
    )
