"""Knows what each command prints, and its status. Does not know how words become flags."""

import json
import re
from pathlib import Path

import pytest
from service.command_line import settings_page
from service.command_line.cli import main
from tests.service.command_line.test_inspection import a_png


def test_settings_prints_the_page_of_all_settings(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["settings"]) == 0
    assert capsys.readouterr().out == settings_page.markdown()


def test_inspect_prints_what_a_png_says_and_where_to_ask(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (tmp_path / "seven.png").write_bytes(a_png())
    assert main(["inspect", str(tmp_path / "seven.png")]) == 0
    assert "curl -sf http://localhost:8000/generate --json" in capsys.readouterr().out
    assert main(["inspect", str(tmp_path / "seven.png"), "--json", "--url", "http://digits.example/"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["request"]["seeds"] == 7
    assert told["curl"].startswith("curl -sf http://digits.example/generate --json")


def test_inspect_says_in_one_line_why_a_file_has_nothing_to_say(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "empty.png").touch()
    assert main(["inspect", str(tmp_path / "empty.png")]) == 1
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", f"digitgan: {tmp_path / 'empty.png'} is not a PNG file\n")


def test_keys_are_made_listed_and_removed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    there = ["--keys-file", str(tmp_path / "keys.json")]
    assert main(["keys", "add", "shop", *there]) == 0
    made = capsys.readouterr()
    assert re.fullmatch(r"dgk_[0-9a-f]{16}_[A-Za-z0-9_-]{43}\n", made.out)
    assert "the only time" in made.err
    assert main(["keys", "list", *there]) == 0
    listed = capsys.readouterr().out
    assert re.fullmatch(r"shop\t\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ\n", listed)
    assert main(["keys", "remove", "shop", *there]) == 0
    assert main(["keys", "list", *there]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["keys", "list"], 2, "DIGITGAN_KEYS_FILE / --keys-file: which file"),
        (["keys", "add", "--keys-file", "f"], 2, "keys add takes a name"),
        (["keys", "list", "shop", "--keys-file", "f"], 2, "keys list takes no name"),
        (["keys", "list", "--keys-file", "nowhere"], 1, "the keys file nowhere cannot be read: No such file"),
        (["keys", "add", "a b", "--keys-file", "f"], 1, "a key's name is 1 to 64 letters.*not 'a b'"),
        (["serve", "--keys-file", "nowhere"], 3, "the keys file nowhere cannot be read: No such file"),
        (["serve", "--cors-origins", "a.example"], 2, "--cors-origins = 'a.example': "),
    ],
)
def test_what_is_wrong_with_keys_is_said(
    capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, message: str
) -> None:
    assert main(arguments) == code
    assert re.search(message, capsys.readouterr().err)
