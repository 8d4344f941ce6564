"""What a PNG says about its origin gives the same bytes again, and no file can make the report harmful.

The shell commands are run as they are printed, by curl against a live service.
"""

import base64
import io
import json
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitgan.cli.tree import main
from digitgan.picture.provenance import PREFIX
from digitgan.png.encoder import encode, text
from digitgan.png.texts import BadPng, read
from service.cli.inspection import MAX_FILE_BYTES, CannotInspect, inspect, parse

SHA256 = "5" * 64
SAID = {"encoder": "1", "sha256": SHA256, "model": "digits", "version": "1", "truncation": "1.0", "seeds": "7"}


def a_png(software: str = "digitgan", **changes: str | None) -> bytes:
    """Return a PNG with the texts of seed 7's picture, some of them changed, added, or left out (None)."""
    said = {name: value for name, value in (SAID | changes).items() if value is not None}
    chunks = text("Software", software) + b"".join(text(PREFIX + name, value) for name, value in said.items())
    return encode(np.zeros((1, 2, 3), np.uint8), [chunks])[0]


def again(content: bytes, service: httpx.Client, folder: Path) -> bytes:
    """Return the output of the command that the inspection of a file prints."""
    file = folder / "it's.png"
    file.write_bytes(content)
    line = inspect(file).curl(str(service.base_url))
    assert line is not None
    subprocess.run(["bash", "-ec", line], cwd=folder, timeout=280, check=True)
    return (folder / "again.png").read_bytes()


@pytest.mark.parametrize(
    ("path", "body", "accept"),
    [
        ("/generate", {"seeds": 5}, "image/png"),
        ("/generate", {"seeds": 2**53 - 1, "labels": 3, "scale": 3, "invert": True, "truncation": 0.7}, "image/png"),
        ("/generate", {"seeds": [1, 2, 3], "model": "mlp", "columns": 2, "padding": 0}, "image/png"),
        ("/generate", {"count": 12, "labels": 7}, "image/png"),
        ("/generate", {"seeds": 7, "labels": [1, 2, 3]}, "image/png"),
        ("/generate", {"seeds": [4, 4], "labels": 1, "padding": 9}, "image/png"),
        ("/generate", {"seeds": 7, "digits": "007", "gap": 2}, "image/png"),
        ("/generate", {"seeds": [1, 2], "digits": ["42", "2026"], "padding": 1}, "image/png"),
        ("/interpolate", {"seeds": [1, 2], "labels": [3, 8], "steps": 4, "scale": 2}, "image/png"),
        ("/interpolate", {"seeds": [1, 2, 3], "steps": 3, "loop": True, "frame_ms": 40}, "image/apng"),
        ("/generate", {"seeds": [1, 2], "ink": True, "height": 40, "color": "navy"}, "image/png"),
        ("/interpolate", {"seeds": [1, 2], "steps": 2, "ink": True, "background": "transparent"}, "image/apng"),
    ],
)
def test_printed_command_returns_the_same_file(
    service: httpx.Client, tmp_path: Path, path: str, body: dict[str, Any], accept: str
) -> None:
    answer = service.post(path, json={**body, "metadata": True}, headers={"Accept": accept}).raise_for_status()
    assert again(answer.content, service, tmp_path) == answer.content


@pytest.mark.parametrize("path", ["/digits/3/1.png?", "/numbers/2026/7.png?gap=1&", "/images/5.png?model=mlp&"])
def test_picture_at_an_address_holds_the_request_of_its_post(service: httpx.Client, tmp_path: Path, path: str) -> None:
    content = service.get(path + "metadata=true").raise_for_status().content
    assert again(content, service, tmp_path) == content


def test_picture_of_a_latent_holds_it(service: httpx.Client, tmp_path: Path) -> None:
    size = service.get("/models/digits").json()["card"]["latent_size"]
    latents = np.random.default_rng(0).standard_normal((2, size)).tolist()
    images = service.post("/generate", json={"latents": latents, "metadata": True}).json()["images"]
    for image in images:
        content = base64.b64decode(image["png"])
        assert again(content, service, tmp_path) == content


FRAME = {"seeds": [1, 2], "steps": 2, "metadata": True}


@pytest.mark.parametrize(
    ("accept", "pngs"),
    [
        ("application/json", lambda body: [base64.b64decode(image["png"]) for image in json.loads(body)["images"]]),
        ("application/x-ndjson", lambda body: [base64.b64decode(json.loads(line)["png"]) for line in body.split()]),
        ("application/zip", lambda body: [zipfile.ZipFile(io.BytesIO(body)).read(name) for name in names(body)]),
        ("multipart/mixed", lambda body: [part[part.index(b"\x89PNG") : -2] for part in parts(body)]),
    ],
)
def test_every_format_of_single_pictures_holds_metadata(
    service: httpx.Client, tmp_path: Path, accept: str, pngs: Callable[[bytes], list[bytes]]
) -> None:
    answer = service.post("/interpolate", json=FRAME, headers={"Accept": accept}).raise_for_status()
    contents = pngs(answer.content)
    assert len(contents) == 3
    assert again(contents[1], service, tmp_path) == contents[1]


def names(body: bytes) -> list[str]:
    return [name for name in zipfile.ZipFile(io.BytesIO(body)).namelist() if name.endswith(".png")]


def parts(body: bytes) -> list[bytes]:
    return [part for part in body.split(b"--digitgan-9c41e0d7b25f8a36c7d0e914") if b"\x89PNG" in part]


def test_sheet_of_latents_has_no_request(service: httpx.Client, tmp_path: Path) -> None:
    size = service.get("/models/digits").json()["card"]["latent_size"]
    body = {"latents": [[0.5] * size] * 2, "metadata": True}
    content = service.post("/generate", json=body, headers={"Accept": "image/png"}).content
    (tmp_path / "sheet.png").write_bytes(content)
    inspection = inspect(tmp_path / "sheet.png")
    assert inspection.request is None
    assert inspection.curl("http://here") is None
    assert "cannot be requested again" in inspection.as_text("http://here")
    assert json.loads(inspection.as_json("http://here"))["request"] is None


def test_text_and_json_say_the_same(service: httpx.Client) -> None:
    png = read(service.get("/digits/3/1.png?metadata=true&scale=2").content)
    inspection, url = parse("three.png", png), str(service.base_url)
    told, shown = json.loads(inspection.as_json(url)), inspection.as_text(url)
    card = service.get("/models/digits").json()["card"]
    assert (told["file"], told["width"], told["model"], told["version"]) == ("three.png", 56, "digits", "1")
    assert told["sha256"] == card["file"]["sha256"]
    assert told["request"] == {
        "model": "digits",
        "version": "1",
        "truncation": 1.0,
        "scale": 2,
        "seeds": 1,
        "labels": 3,
        "metadata": True,
    }
    assert told["digital_source_type"].endswith("/trainedAlgorithmicMedia")
    for said in ("56 x 56", "digits 1", card["file"]["sha256"], "trainedAlgorithmicMedia", told["curl"]):
        assert said in shown


def test_png_without_the_mark_is_reported_as_unmarked() -> None:
    inspection = parse("it", read(a_png()))
    assert json.loads(inspection.as_json("http://here"))["digital_source_type"] is None
    assert "digital source type  absent" in inspection.as_text("http://here")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not a PNG file"),
        (a_png()[:-9], "is cut off at byte"),
        (encode(np.zeros((1, 2, 3), np.uint8))[0], 'no metadata of this service; a request with "metadata": true'),
        (a_png(software="paint"), "no metadata of this service"),
        (a_png(model=None), "'digitgan:model', this field is required"),
        (a_png(model="../etc"), "'digitgan:model', must be .*, not '../etc'"),
        (a_png(sha256="5"), "'digitgan:sha256', must be .*, not '5'"),
        (a_png(seeds="seven"), "not JSON"),
        (a_png(seeds="NaN"), "not JSON"),
        (a_png(seeds="[" * 200), "not JSON"),
        (a_png(seeds=f"[{'[],' * 10**6}[]]"), "its text has about 1,000,002 lists; at most 264 are allowed"),
        (a_png(seeds="-1"), "'digitgan:seeds', must be an integer from 0 to .*, not -1"),
        (a_png(seeds="\"'; rm -rf ~; '\""), "'digitgan:seeds', must be an integer from 0 to "),
        (a_png(labels="[1, 2.5]"), "'digitgan:labels/1'"),
        (a_png(digits='"12\x1b[2J"'), "not JSON"),
        (a_png(digits='"12\\u001b[2J"'), "'digitgan:digits'"),
        (a_png(scale="1000000"), "'digitgan:scale'"),
        (a_png(count="5"), "give exactly one of seeds, hands, latents and count"),
        (a_png(latents="[0.5]"), "give exactly one of seeds, hands, latents and count"),
        (a_png(**{"a\x9b2J": "1"}), r"'digitgan:a\\x9b2J', no field "),
        (a_png(steps="3"), "'digitgan:seeds', must be a list of 2 to 256 items, not 7"),
    ],
)
def test_invalid_metadata_is_refused_with_the_field(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "bad.png").write_bytes(content)
    with pytest.raises(CannotInspect, match=message) as refused:
        inspect(tmp_path / "bad.png")
    assert str(refused.value).startswith(f"{tmp_path / 'bad.png'} ")
    assert str(refused.value).isprintable()


def test_unreadable_and_huge_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CannotInspect, match=r"none\.png cannot be read: No such file"):
        inspect(tmp_path / "none.png")
    with pytest.raises(CannotInspect, match="cannot be read: Is a directory"):
        inspect(tmp_path)
    with (tmp_path / "huge.png").open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    with pytest.raises(CannotInspect, match="has more than"):
        inspect(tmp_path / "huge.png")


NUMBERS = st.integers() | st.floats() | st.text("0123456789", max_size=3)


@given(
    st.sampled_from([*SAID, "labels", "digits", "latents", "steps", "frame_ms", "loop", "padding", "metadata"]),
    st.text(st.characters(max_codepoint=255, exclude_characters="\0"), max_size=40)
    | (NUMBERS | st.booleans() | st.none() | st.lists(NUMBERS, max_size=4)).map(json.dumps),
)
def test_any_text_is_refused_or_harmless(name: str, said: str) -> None:
    try:
        inspection = parse("it", read(a_png(**{name: said})))
    except CannotInspect:
        return
    shown = inspection.as_text("http://here")
    assert all(line.isprintable() for line in shown.splitlines())
    json.loads(inspection.as_json("http://here"))


@given(st.data())
def test_damaged_files_are_refused(data: st.DataObject) -> None:
    content = bytearray(a_png())
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4, unique=True)):
        content[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(BadPng):
        read(bytes(content))


def test_inspect_prints_the_origin_and_the_request(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "seven.png").write_bytes(a_png())
    assert main(["inspect", str(tmp_path / "seven.png")]) == 0
    assert "curl -sf http://localhost:8000/generate --json" in capsys.readouterr().out
    assert main(["inspect", str(tmp_path / "seven.png"), "--json", "--url", "http://digits.example/"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["request"]["seeds"] == 7
    assert told["curl"].startswith("curl -sf http://digits.example/generate --json")


def test_inspect_refuses_a_file_in_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "empty.png").touch()
    assert main(["inspect", str(tmp_path / "empty.png")]) == 1
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", f"digitgan: {tmp_path / 'empty.png'} is not a PNG file\n")
