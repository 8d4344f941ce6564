"""What `write` prints, and that its files have the bytes that HTTP answers with."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from digitgan.cli.tree import main
from digitgan.formats.format import Use
from digitgan.formats.registry import named

SUFFIXES = ", ".join(re.escape(each.suffix) for each in named(Use.FILE).values())
FRAMES = {"seeds": [7, 7, 7, 7], "labels": [2, 0, 2, 6], "steps": 1, "frame_ms": 500, "loop": True}


def body_of(service: httpx.Client, path: str, accept: str, **body: Any) -> bytes:
    answer = service.post(path, json=body, headers={"accept": accept, "accept-encoding": "identity"})
    return answer.raise_for_status().content


@pytest.mark.parametrize(
    ("name", "flags", "accept", "path", "body"),
    [
        ("year.png", [], "image/png", "/generate", {"seeds": 7, "digits": "2026"}),
        (
            "year.webp",
            ["--scale", "3", "--truncation", "0.8", "--invert"],
            "image/webp",
            "/generate",
            {"seeds": 7, "digits": "2026", "scale": 3, "truncation": 0.8, "invert": True},
        ),
        (
            "picture",
            ["--format", "png", "--gap", "2", "--metadata", "--model", "digits-small", "--version", "1"],
            "image/png",
            "/generate",
            {"seeds": 7, "digits": "2026", "gap": 2, "metadata": True, "model": "digits-small", "version": "1"},
        ),
        ("year.gif", [], "image/gif", "/interpolate", FRAMES),
        (
            "ink.png",
            ["--ink", "--height", "90", "--color", "#c00", "--background", "transparent"],
            "image/png",
            "/generate",
            {"seeds": 7, "digits": "2026", "ink": True, "height": 90, "color": "c00", "background": "transparent"},
        ),
        ("ink.gif", ["--ink", "--invert"], "image/gif", "/interpolate", FRAMES | {"ink": True, "invert": True}),
        ("year.apng", ["--scale", "2"], "image/apng", "/interpolate", FRAMES | {"scale": 2}),
        ("written.apng", ["--animate"], "image/apng", "/generate", {"seeds": 7, "digits": "2026", "animate": True}),
        ("written.svg", ["--animate"], "image/svg+xml", "/generate", {"seeds": 7, "digits": "2026", "animate": True}),
    ],
)
def test_write_makes_the_bytes_of_the_http_answer(
    service: httpx.Client, tmp_path: Path, name: str, flags: list[str], accept: str, path: str, body: dict[str, Any]
) -> None:
    assert main(["write", "2026", "--seed", "7", "-o", str(tmp_path / name), *flags]) == 0
    assert [each.name for each in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_bytes() == body_of(service, path, accept, **body)


def test_numbers_that_begin_with_a_minus_come_after_two_dashes(service: httpx.Client, tmp_path: Path) -> None:
    file = tmp_path / "minus.png"
    assert main(["write", "--seed", "7", "-o", str(file), "--", "-5"]) == 0
    assert file.read_bytes() == body_of(service, "/generate", "image/png", seeds=7, digits="-5")


def test_write_without_a_file_prints_text_and_the_seed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["write", "7"]) == 0
    first = capsys.readouterr()
    seed = first.err.removeprefix("digitgan: seed ").strip()
    assert main(["write", "7", "--seed", seed]) == 0
    again = capsys.readouterr()
    assert (again.out, again.err) == (first.out, "")
    assert len(first.out.splitlines()) == 14
    assert set(first.out) <= set(" .:-=+*#%@\n")


@pytest.mark.parametrize(
    ("options", "n_lines"),
    [
        (["--ink"], 14),
        (["--ink", "--layout", "natural"], 14),
        (["--ink", "--layout", "natural", "--color", "navy", "--background", "transparent"], 14),
        (["--ink", "--height", "1024", "--layout", "natural"], 31),
        (["--background", "fff"], 14),
    ],
)
def test_ink_is_small_in_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, options: list[str], n_lines: int
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    assert main(["write", "2.7", "--seed", "7", *options]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == n_lines
    assert 20 < max(map(len, lines)) <= 100
    assert any(set(line) - {" "} for line in lines)


def test_write_prints_one_json_object_for_scripts(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["write", "42", "--seed", "7", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["url"] == "/numbers/42/7.png?model=digits&version=1"
    assert (told["seed"], told["digits"], told["file"]) == (7, ["42"], None)


def test_standard_output_gets_only_the_bytes(service: httpx.Client, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["write", "42", "--seed", "7", "-o", "-", "--json"]) == 0
    assert capfdbinary.readouterr().out == body_of(service, "/generate", "image/png", seeds=7, digits="42")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["write", "20a6"], "NUMBER: must be digits and the signs"),
        (
            ["write", "1", "+"],
            "NUMBER: must be text of 1 to 64 digits and signs, with at least one digit, as in '2026'",
        ),
        (["write", "1", "--seed", "-1"], "--seed: '-1' is not an integer from 0 to 9,007,199,254,740,991"),
        (["write", "1", "--seed", "x"], "--seed: 'x' is not an integer"),
        (["write", "1", "--truncation", "3"], "--truncation: '3' is not a number from 0 to 2"),
        (["write", "1", "--model", "letters"], "--model: .*'letters'"),
        (["write", "1", "--model", "mlp"], "NUMBER: model 'mlp' has no classes"),
        (["write", "1", "-o", "one.jpeg"], f"-o one.jpeg: the name of a picture's file ends with {SUFFIXES}"),
        (["write", "1", "-o", "one.png", "--format", "gif"], "the file's name says .png, but the format is gif"),
        (["write", "1", "-o", "nowhere/one.png"], "-o: the folder nowhere does not exist"),
        (["write", "1", "-o", "one.gif"], "NUMBER: gif shows the digits of one number in turn"),
        (["write", "1", "--height", "113"], "--height: needs ink"),
        (["write", "1", "--ink", "--height", "27"], "--height: '27' is not an integer from 28 to 1,024"),
        (["write", "1", "--color", "nvy"], "--color: no colour 'nvy'; did you mean 'navy'?"),
        (["write", "12", "--animate", "-o", "one.png"], "--animate: image/png has no animate; formats that have it: "),
        (["write", "12", "--gap", "1", "-o", "one.gif"], "--gap: gif shows one digit at a time"),
    ],
)
def test_impossible_request_is_a_usage_error_that_names_the_option(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    status = main(arguments)
    printed = capsys.readouterr()
    assert (status, printed.out) == (2, "")
    assert re.search(message, printed.err), printed.err
