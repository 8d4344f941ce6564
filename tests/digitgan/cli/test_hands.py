"""The option --like: pictures decide the hand, and the command says what it read."""

import io
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from digitgan.cli.tree import main
from tests.cards import CLOTHES
from tests.handwriting import digits, file_of
from tests.processes import ROOT

IMAGES, LABELS = digits()


@pytest.fixture
def seven(tmp_path: Path) -> Path:
    """Return the file of a real digit, black on white."""
    file = tmp_path / "seven.jpg"
    file.write_bytes(file_of(255 - IMAGES[LABELS == 7][0], "JPEG"))
    return file


@pytest.mark.parametrize("model", ["digits", "digits-small"])
def test_write_like_a_picture_says_what_it_read_and_the_hand(
    seven: Path, capsys: pytest.CaptureFixture[str], model: str
) -> None:
    assert main(["write", "2026", "--like", str(seven), "--model", model]) == 0
    read = capsys.readouterr()
    said = re.fullmatch(rf"digitgan: read {seven} as 7, (\d\d) % certain; hand (h[\w-]+)\n", read.err)
    assert said and int(said[1]) >= 90
    assert main(["write", "2026", "--hand", said[2], "--model", model]) == 0
    again = capsys.readouterr()
    assert (again.out, again.err) == (read.out, "")


def test_json_has_the_hand_of_all_pictures_and_what_each_says(
    seven: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    four = file_of(IMAGES[LABELS == 4][0])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(four)))
    output = tmp_path / "year.svg"
    assert main(["write", "2026", "--like", str(seven), "--like", "-", "--json", "-o", str(output)]) == 0
    printed = capsys.readouterr()
    told = json.loads(printed.out)
    assert printed.err == ""
    assert [(each["file"], each["label"]) for each in told["read"]] == [(str(seven), 7), ("-", 4)]
    assert all(0.6 < each["confidence"] <= 1 and 0 < each["error"] < 40 for each in told["read"])
    assert told["url"].startswith(f"/numbers/2026/{told['hand']}.png?")
    assert main(["write", "2026", "--hand", told["hand"], "-o", str(tmp_path / "again.svg")]) == 0
    assert output.read_bytes() == (tmp_path / "again.svg").read_bytes()


def test_data_set_is_in_the_hand_of_a_picture(seven: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    target = str(tmp_path / "like.parquet")
    assert main(["dataset", "--count", "10", "--like", str(seven), "--vary", "0.2", "--json", "-o", target]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["vary"], [each["label"] for each in told["read"]]) == (0.2, [7])
    assert main(["dataset", "--count", "10", "--hand", told["hand"], "--vary", "0.2", "-o", f"{target}2.parquet"]) == 0
    assert Path(target).read_bytes() == Path(f"{target}2.parquet").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--like", "nowhere.png"], "--like nowhere.png: No such file or directory"),
        (["--like", "{seven}", "--like", "{text}"], r"--like .*text.png: the file is not a PNG, JPEG or WebP picture"),
        (["--like", "{blank}"], "--like .*blank.png: the picture is blank"),
        (["--like", "{film}"], "--like .*film.png: the file is too large; a picture can have at most 33,554,432 bytes"),
        (["--like", "{seven}", "--seed", "1"], "--like: give only one of --like and --seed"),
        (["--like", "{seven}", "--hand", "hAA"], "--like: give only one of --like and --hand"),
        (["--like", "{seven}", "--model", "mlp"], "--model: model 'mlp' reads no pictures$"),
        (["--like", "{seven}"] * 17, "--like: 17 pictures; at most 16 are allowed"),
        (["--hand", "hAA"], "--hand: a hand of model 'digits' has 64 components, not 1"),
    ],
)
def test_refusal_names_the_file_and_says_what_was_seen(
    seven: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    files = {"seven": seven, "text": tmp_path / "text.png", "blank": tmp_path / "blank.png"}
    files["film"] = tmp_path / "film.png"
    with files["film"].open("wb") as film:
        film.truncate(10**9)
    files["text"].write_text("no picture")
    files["blank"].write_bytes(file_of(0 * IMAGES[0]))
    assert main(["write", "2026", *(each.format_map(files) for each in arguments)]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert re.match(f"digitgan: {message}", line)


def test_nothing_that_reads_pictures_is_loaded_without_the_option(tmp_path: Path) -> None:
    """Commands start in a fraction of a second; a picture's decoder would add a tenth of that."""
    program = (
        "import sys; from digitgan.cli.tree import main; "
        f"main(['write', '7', '--seed', '1', '-o', {str(tmp_path / 'seven.png')!r}]); "
        "print([name for name in sys.modules if name.split('.')[0] == 'PIL' or name.startswith('digitgan.hands')])"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_reading_has_the_name_of_the_class(
    seven: Path, clothes_dir: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    clothes = ["dataset", "--model", "clothes", "--models-dir", str(clothes_dir), "--count", "10", "--like", str(seven)]
    assert main([*clothes, "-o", f"{tmp_path}/clothes.zip"]) == 0
    assert "as Sneaker, " in capsys.readouterr().err
    assert main([*clothes, "--json", "-o", f"{tmp_path}/clothes.parquet"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [(each["label"], each["class_name"]) for each in told["read"]] == [(7, "Sneaker")]
    assert told["class_names"] == CLOTHES
