"""The settings page equals the output of `python -m service settings`."""

from pathlib import Path

from service.command_line.settings_page import markdown

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"


def test_page_equals_the_output_of_its_command() -> None:
    assert PAGE.read_text(encoding="utf-8") == markdown(), "python -m service settings > docs/configuration.md"
