"""The command `dataset numbers`: what it writes, and what it says of wrong options."""

import json
import re
import zipfile
from pathlib import Path

import pytest

from digitgan.cli.exits import USAGE
from digitgan.cli.tree import main
from digitgan.png.encoder import head
from tests.commands import digitgan


def test_folder_has_pictures_and_their_labels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--pattern", "dd/mm/yyyy", "--count", "20", "--height", "30", "--width", "250", "--invert", "--json"]
    assert main(["dataset", "numbers", *options, "-o", f"{tmp_path}/dates/"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["pattern"], told["count"], told["format"]) == ("dd/mm/yyyy", 20, "files")
    folder = tmp_path / "dates"
    labels = [json.loads(line) for line in (folder / "labels.jsonl").read_text().splitlines()]
    assert sorted(each.name for each in folder.iterdir()) == ["images", "labels.jsonl"]
    assert {f"images/{each.name}" for each in (folder / "images").iterdir()} == {each["file"] for each in labels}
    assert all((folder / each["file"]).read_bytes().startswith(head(250, 30)) for each in labels)
    assert all(re.fullmatch(r"\d\d/\d\d/\d{4}", each["text"]) for each in labels)


def test_workers_write_the_bytes_of_one_process(tmp_path: Path) -> None:
    options = ["dataset", "numbers", "--pattern", "#{30}", "--count", "40", "--no-ink"]
    for n in (1, 2):
        assert main([*options, "--workers", str(n), "-o", f"{tmp_path}/{n}.zip"]) == 0
    assert (tmp_path / "1.zip").read_bytes() == (tmp_path / "2.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "1.zip") as archive:
        assert len(archive.namelist()) == 41


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--pattern", "x"], r"--pattern: character 1: 'x' has no meaning here"),
        (["--pattern", "#", "--width", "9"], r"--width: must be at least 90 for numbers of 1 character"),
        (["--pattern", "#", "--gap", "2"], r"--gap: must be 0 in natural layout"),
        (["--pattern", "#", "--no-ink", "--layout", "natural"], r"--layout: must be grid without ink"),
        (
            ["--pattern", "#", "--format", "files", "-o", "a.parquet"],
            r"takes a file with the suffix \.zip, or a folder",
        ),
        (["--pattern", "#", "-o", "a.txt"], r"-o a.txt: must be a file with one of the suffixes"),
    ],
)
def test_wrong_options_are_named(options: list[str], message: str) -> None:
    ended = digitgan("dataset", "numbers", "--count", "1", "-o", "a.zip", *options)
    assert ended.exit_code == USAGE
    assert re.search(message, ended.stderr)
