"""The settings page equals the output of `digitgan settings`."""

from pathlib import Path

from service.cli.settings import page

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"


def test_page_equals_the_output_of_its_command() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "digitgan settings > docs/configuration.md"
