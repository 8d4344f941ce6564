"""Commands in the documentation: one page has all of them and every exit status, and no page has others."""

import re

import click
import pytest

from digitgan.cli import exits, tree
from tests.docs.examples import PAGES, ROOT, examples, spoken

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


@pytest.fixture(scope="module")
def options() -> dict[str, set[str]]:
    """Return the options of each command."""
    whole = tree.Tree()
    context = click.Context(whole)
    commands = {name: whole.get_command(context, name) for name in whole.list_commands(context)}
    return {
        name: {option for each in command.get_params(context) for option in (*each.opts, *each.secondary_opts)}
        for name, command in commands.items()
        if command
    }


@pytest.mark.parametrize("page", PAGES)
def test_commands_in_a_page_exist_with_their_options(page: str, options: dict[str, set[str]]) -> None:
    """Check inline commands too, and those that are not run."""
    prose = re.findall(r"`([^`\n]*)`", (ROOT / page).read_text(encoding="utf-8"))
    shown = [each.text for each in examples([page]) if each.language == "sh"]
    targets = re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for text in (*prose, *shown):
        for program, *typed in spoken(text.replace("…", "")):
            if program == "make":
                assert not typed or typed[0] in targets, text
            elif typed and typed[0] not in ("COMMAND", "--version", "--help"):
                two = " ".join(typed[:2])
                name = two if two in options else typed[0]
                assert name in options, text
                known = options[name]
                assert not [word for word in typed if re.match("--?[a-z]", word) and word not in known], text
