"""The page of the command line has every command and every exit status."""

import re
from pathlib import Path

import click

from digitgan.cli import exits, tree

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
TABLE = PAGE.partition("| command |")[2].partition("\n\n")[0]


def test_table_lists_every_command() -> None:
    named = re.findall(r"`([a-z ]+)`", "".join(row.split("|")[1] for row in TABLE.splitlines() if row.count("|") > 2))
    whole = tree.Tree()
    assert sorted(named) == sorted(whole.list_commands(click.Context(whole)))


def test_every_exit_status_is_explained() -> None:
    explained = {
        int(status) for cell in re.findall(r"^\| ([0-9, ]+) \|", PAGE, re.MULTILINE) for status in cell.split(",")
    }
    assert {0, exits.FAILED, exits.USAGE, exits.COULD_NOT_START, exits.INTERRUPTED} <= explained
