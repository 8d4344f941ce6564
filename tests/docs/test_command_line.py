"""The command-line page lists every command and every exit status."""

import re
from pathlib import Path

from digitgan.training_words import TRAINING
from service.command_line import cli

from digitgan.cli import exits

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
TABLE = PAGE.partition("| command |")[2].partition("\n\n")[0]


def test_table_lists_every_command() -> None:
    help_text = cli.parser("digitgan").format_help()
    ours = re.findall(r"^    ([a-z]+)  ", help_text, re.MULTILINE)
    named = re.findall(r"`([a-z]+)`", "".join(row.split("|")[1] for row in TABLE.splitlines() if row.count("|") > 2))
    assert sorted(named) == sorted([*ours, *TRAINING, "completion"])


def test_page_explains_every_exit_status() -> None:
    explained = {
        int(status) for cell in re.findall(r"^\| ([0-9, ]+) \|", PAGE, re.MULTILINE) for status in cell.split(",")
    }
    assert {0, exits.FAILED, exits.USAGE, exits.COULD_NOT_START, exits.INTERRUPTED} <= explained
