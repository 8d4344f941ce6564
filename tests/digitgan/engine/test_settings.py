"""Engine settings from options, the environment and defaults."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import ValidationError

from digitgan.engine.cpus import available_cpus
from digitgan.engine.settings import PREFIX, EngineSettings


def from_environment(**variables: str) -> EngineSettings:
    return EngineSettings.from_environment({}, variables)


@pytest.mark.parametrize("field", EngineSettings.model_fields)
def test_every_setting_has_a_description(field: str) -> None:
    assert EngineSettings.model_fields[field].description


VALUES = {
    "models_dir": ("/srv/models", Path("/srv/models")),
    "default_model": ("mlp", "mlp"),
    "provider": ("cpu", "cpu"),
    "threads": ("3", 3),
    "batch_images": ("8", 8),
    "max_images": ("10", 10),
    "max_stream_images": ("20", 20),
    "queue_images": ("100", 100),
    "mark": ("always", "always"),
}


@pytest.mark.parametrize("field", EngineSettings.model_fields)
@pytest.mark.parametrize("write", [str.upper, str.lower, str.title])
def test_every_setting_has_a_variable_in_any_case(field: str, write: Callable[[str], str]) -> None:
    text, value = VALUES[field]
    assert getattr(from_environment(**{write(PREFIX + field): text}), field) == value


def test_options_take_precedence_over_the_environment() -> None:
    settings = EngineSettings.from_environment({"threads": 2}, {"DIGITGAN_THREADS": "3", "DIGITGAN_MAX_IMAGES": "4"})
    assert (settings.threads, settings.max_images) == (2, 4)


def test_process_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITGAN_THREADS", "5")
    assert EngineSettings.from_environment({}).threads == 5


def test_empty_variables_count_as_unset() -> None:
    assert from_environment(DIGITGAN_THREADS="", DIGITGAN_MODELS_DIR="") == EngineSettings()


def test_variables_that_are_no_engine_settings_are_ignored() -> None:
    assert from_environment(DIGITGAN_PORT="x", THREADS="x", PATH="/bin") == EngineSettings()


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("default_model", "Digits"),
        ("mark", "never"),
        ("provider", "tpu"),
        ("threads", "-1"),
        ("threads", "257"),
        ("threads", "many"),
        ("batch_images", "0"),
        ("batch_images", "4097"),
        ("max_images", "0"),
        ("max_images", "100001"),
        ("max_stream_images", "0"),
        ("max_stream_images", "1000001"),
        ("queue_images", "0"),
        ("queue_images", "1000001"),
    ],
)
def test_value_out_of_range_is_refused_by_field(field: str, text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        from_environment(**{PREFIX + field.upper(): text})
    assert refused.value.errors()[0]["loc"] == (field,)


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        EngineSettings().threads = 1  # type: ignore[misc]


def test_run_threads_defaults_to_the_available_processors() -> None:
    assert EngineSettings().run_threads == available_cpus()
    assert EngineSettings(threads=3).run_threads == 3
