"""Knows PNG files that the service wrote, how to take them apart, and what the inspection of any file may come to.

Does not know who changes them: `test_hostile_pngs` by plan, `fuzz_inspection` by what code each change reaches.
"""

import json
import shlex
import struct
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from digitgan.picture.provenance import PREFIX
from digitgan.png.texts import BadPng, read
from service.command_line.cli import main
from service.command_line.inspection import CannotInspect, understand
from service.requests.generate import GenerateRequest
from service.requests.interpolate import InterpolateRequest
from tests.processes import ROOT

SIGNATURE = b"\x89PNG\r\n\x1a\n"
URL = "http://here"
OURS = {
    "digit.png": ["7", "--seed", "9007199254740991"],
    "numbers.png": ["2026", "12", "--seed", "3", "--gap", "2", "--scale", "2", "--invert", "--truncation", "0.7"],
    "film.apng": ["2026", "--seed", "3"],
}

FIELDS = (GenerateRequest.model_fields | InterpolateRequest.model_fields).keys() - {"model", "version", "metadata"}

Chunk = tuple[bytes, bytes]  # kind, of four bytes, and body


def write_ours(folder: Path) -> list[Path]:
    """Have the service write some files that say what they come from."""
    files = [folder / name for name in OURS]
    for file, words in zip(files, OURS.values(), strict=True):
        assert main(["write", *words, "--metadata", "-o", str(file), "--models-dir", str(ROOT / "exported")]) == 0
    return files


def check(content: bytes) -> bool:
    """Inspect a file and return whether it passed for one of ours; fail on anything but that or a refusal.

    What is told of it may not move a terminal's cursor, is JSON for scripts, and the line for a shell is nothing but
    curl with the request that was found.
    """
    try:
        inspection = understand("it", read(content))
    except (BadPng, CannotInspect) as refused:
        assert str(refused).isprintable()
        return False
    assert all(line.isprintable() for line in inspection.as_text(URL).split("\n"))
    told = json.loads(inspection.as_json(URL))
    if told["curl"] is not None:
        curl, quiet, address, _, request, _, accept, *rest = shlex.split(told["curl"])
        assert [curl, quiet, address, *rest] == ["curl", "-sf", URL + told["path"], "-o", "again.png"]
        assert accept == f"accept: {told['accept']}"
        assert json.loads(request) == told["request"]
    return True


def chunks(content: bytes) -> Iterator[Chunk]:
    """Yield the chunks of a file as far as it goes; no checksum is believed."""
    start = len(SIGNATURE)
    while start + 8 <= len(content):
        length, kind = struct.unpack(">I4s", content[start : start + 8])
        yield kind, content[start + 8 : start + 8 + length]
        start += 12 + length


def field_of(chunk: Chunk) -> str | None:
    """Return which field of a request a chunk tells of, or what of the model; None for any other chunk."""
    kind, body = chunk
    keyword = body.partition(b"\0")[0].decode("latin-1") if kind == b"tEXt" else ""
    return keyword.removeprefix(PREFIX) if keyword.startswith(PREFIX) else None


def png(parts: Iterable[Chunk]) -> bytes:
    """Return a file of chunks, each with its length and checksum."""
    return SIGNATURE + b"".join(
        struct.pack(">I", len(body)) + kind + body + zlib.crc32(kind + body).to_bytes(4, "big") for kind, body in parts
    )
