"""How settings read: rows, options and errors."""

import click
import pytest

from digitgan.cli.settings import read_settings, rows
from digitgan.engine.settings import EngineSettings
from service.settings import Settings
from tests.commands import digitgan

ROWS = rows(Settings)


def test_every_setting_has_a_row_with_type_default_and_meaning() -> None:
    assert [row.name for row in ROWS.values()] == list(Settings.model_fields)
    assert all(row.type and row.default and row.meaning for row in ROWS.values())


def test_row_names_the_allowed_values_and_the_unit() -> None:
    assert ROWS["port"].allowed == "0 to 65,535"
    assert ROWS["max_body_bytes"].allowed == "at least 1,024"
    assert ROWS["request_timeout_s"].allowed == "above 0, at most 3,600"
    assert ROWS["provider"].allowed == "auto, cpu, cuda, tensorrt, openvino"
    assert [ROWS[name].unit for name in ("queue_images", "max_body_bytes", "request_timeout_s")] == [
        "images",
        "bytes",
        "seconds",
    ]


def test_every_number_has_a_range() -> None:
    assert all(row.allowed for row in ROWS.values() if row.type in ("integer", "number"))


def test_options_show_meaning_variable_and_default() -> None:
    text = " ".join(digitgan("serve", "--help").stdout.split())
    for row in ROWS.values():
        meaning = f"{row.meaning[0].upper()}{row.meaning[1:]}."
        assert f"{row.option} {row.metavar} {meaning} [env var: {row.variable}; default: {row.default}]" in text


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"port": "70000"}, "DIGITGAN_PORT / --port = '70000': must be an integer from 0 to 65,535"),
        ({"threads": "x"}, "DIGITGAN_THREADS / --threads = 'x': must be an integer from 0 to 256"),
        ({"grace_s": "0"}, "DIGITGAN_GRACE_S / --grace-s = '0': must be a number above 0, at most 3,600"),
        ({"provider": "tpu"}, "DIGITGAN_PROVIDER / --provider = 'tpu': must be one of auto, cpu, cuda, tensorrt, "),
        ({"access_log": "maybe"}, "DIGITGAN_ACCESS_LOG / --access-log = 'maybe': must be one of true, false"),
        ({"admin_port": "8000"}, "DIGITGAN_ADMIN_PORT / --admin-port = '8000': must differ from --port"),
        (
            {"cors_origins": "*,a.example"},
            "DIGITGAN_CORS_ORIGINS / --cors-origins = 'a.example': must be * or origins without a path, as https://",
        ),
        (
            {"public_url": "a.example"},
            "DIGITGAN_PUBLIC_URL / --public-url = 'a.example': must be an http or https address without a query, as ",
        ),
        (
            {"version_weights": "digits/1:90"},
            "DIGITGAN_VERSION_WEIGHTS / --version-weights = 'digits/1:90': must be model/version=weight, such as ",
        ),
        ({"port": "x", "drain_s": "-1"}, "DIGITGAN_DRAIN_S / --drain-s = '-1': must be a number from 0 to 3,600"),
    ],
)
def test_error_names_the_setting_the_value_and_what_is_allowed(given: dict[str, str], message: str) -> None:
    with pytest.raises(click.UsageError) as caught:
        read_settings(Settings, given)
    lines = caught.value.format_message().splitlines()
    assert len(lines) == len(given)
    assert lines[-1].startswith(message)


def test_error_hides_the_password_of_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITGAN_PUBLIC_URL", "https://me:sec/r@et@digits.example/a b")
    with pytest.raises(click.UsageError, match=r"= 'https://\*\*\*@digits\.example/a b': "):
        read_settings(Settings, {})


def test_only_options_that_were_given_replace_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITGAN_THREADS", "3")
    assert read_settings(EngineSettings, {"threads": None}).threads == 3
    assert read_settings(EngineSettings, {"threads": "2"}).threads == 2


def test_only_the_first_ten_errors_are_listed_and_long_values_shortened() -> None:
    with pytest.raises(click.UsageError) as refused:
        read_settings(Settings, {"cors_origins": ",".join(["x" * 1000] * 2000)})
    lines = str(refused.value).splitlines()
    assert len(lines) == 11
    assert all(line.startswith("DIGITGAN_CORS_ORIGINS / --cors-origins = 'xxx") for line in lines[:10])
    assert lines[10] == "2,000 errors; the first 10 are listed"
    assert len(str(refused.value)) < 4000
