"""Knows that no setting is missing from its reference. Does not know what settings mean."""

from service.command_line import settings_page
from service.settings import Settings


def test_every_setting_has_a_row_with_type_default_and_meaning() -> None:
    rows = settings_page.rows()
    assert [row.name for row in rows] == list(Settings.model_fields)
    assert all(row.type and row.default and row.meaning for row in rows)


def test_a_row_says_what_is_allowed_and_counted() -> None:
    by_name = {row.name: row for row in settings_page.rows()}
    assert by_name["port"].allowed == "0 to 65,535"
    assert by_name["max_body_bytes"].allowed == "at least 1,024"
    assert by_name["request_timeout_s"].allowed == "above 0, at most 3,600"
    assert by_name["provider"].allowed == "auto, cpu, cuda, tensorrt, openvino"
    assert [by_name[name].unit for name in ("queue_images", "max_body_bytes", "request_timeout_s")] == [
        "images",
        "bytes",
        "seconds",
    ]


def test_every_number_has_a_range() -> None:
    assert all(row.allowed for row in settings_page.rows() if row.type in ("integer", "number"))


def test_the_page_escapes_what_would_be_taken_for_markup() -> None:
    assert "&lt;model>" in settings_page.markdown()
    assert settings_page.markdown().count("\n| `DIGITGAN_") == len(Settings.model_fields)
