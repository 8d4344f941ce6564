"""The page of the settings is what the command makes."""

from pathlib import Path

from service.command_line.settings_page import markdown

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"


def test_the_page_is_the_commands() -> None:
    assert PAGE.read_text(encoding="utf-8") == markdown(), "python -m service settings > docs/configuration.md"
