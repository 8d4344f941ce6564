"""What `keys` prints, and its exit status."""

import re
from pathlib import Path

import pytest

from digitgan.cli.tree import main


def test_keys_are_added_listed_and_removed(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
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
        (["keys", "list"], 2, "--keys-file is required, or DIGITGAN_KEYS_FILE"),
        (["keys", "add", "--keys-file", "f"], 2, "keys add takes a name"),
        (["keys", "list", "shop", "--keys-file", "f"], 2, "keys list takes no name"),
        (["keys", "list", "--keys-file", "nowhere"], 1, "the keys file nowhere cannot be read: No such file"),
        (["keys", "add", "a b", "--keys-file", "f"], 1, "invalid key name 'a b': use 1 to 64 letters"),
        (["serve", "--keys-file", "nowhere"], 3, "the keys file nowhere cannot be read: No such file"),
        (["serve", "--cors-origins", "a.example"], 2, "--cors-origins = 'a.example': "),
    ],
)
def test_keys_names_what_is_wrong(
    capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, message: str
) -> None:
    assert main(arguments) == code
    assert re.search(message, capsys.readouterr().err)
