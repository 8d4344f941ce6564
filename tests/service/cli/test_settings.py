"""The page of all settings."""

from service.cli.settings import page
from service.settings import Settings
from tests.commands import digitgan


def test_settings_prints_the_page() -> None:
    assert digitgan("settings").stdout == page()


def test_page_has_a_row_for_each_setting_and_escapes_markup() -> None:
    assert "&lt;model>" in page()
    assert page().count("\n| `DIGITGAN_") == len(Settings.model_fields)
