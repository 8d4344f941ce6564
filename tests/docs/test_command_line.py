"""The page of the command line has every command, and its lines do what they say."""

import re
from pathlib import Path

import pytest

from digitgan.training_words import TRAINING
from service import cli, exits

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
TABLE = PAGE.partition("| command |")[2].partition("\n\n")[0]
LINES = re.findall(r"^digitgan ((?:write|dataset) .*?) +#", PAGE, re.MULTILINE)


def test_every_command_has_a_place_in_the_table() -> None:
    help_text = cli.parser("digitgan").format_help()
    ours = re.findall(r"^    ([a-z]+)  ", help_text, re.MULTILINE)
    named = re.findall(r"`([a-z]+)`", "".join(row.split("|")[1] for row in TABLE.splitlines() if row.count("|") > 2))
    assert sorted(named) == sorted([*ours, *TRAINING, "completion"])


def test_every_status_of_the_service_is_explained() -> None:
    explained = {
        int(status) for cell in re.findall(r"^\| ([0-9, ]+) \|", PAGE, re.MULTILINE) for status in cell.split(",")
    }
    assert {0, exits.FAILED, exits.USAGE, exits.COULD_NOT_START, exits.INTERRUPTED} <= explained


@pytest.mark.parametrize("line", LINES)
def test_every_line_works(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, models_dir: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DIGITGAN_MODELS_DIR", str(models_dir))
    if "parquet" in line:
        pytest.importorskip("pyarrow")
    assert cli.main(line.replace("60000", "600").split()) == 0
    [*made] = tmp_path.iterdir()
    assert len(made) == ("-o" in line)
