"""Settings come from the environment, and a wrong one is an error instead of a silent default."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from digitgan.contract.errors import CannotServe
from digitgan.engine.cpus import available_cpus
from digitgan.engine.settings import PREFIX
from service.settings import Settings, refuse_unknown


@pytest.mark.parametrize("field", Settings.model_fields)
def test_every_setting_says_what_it_is_for(field: str) -> None:
    assert Settings.model_fields[field].description


# Values of settings that are neither numbers nor switches, as text and as they are read.
TEXTS: dict[str, dict[str, object]] = {
    "host": {"0.0.0.0": "0.0.0.0"},
    "models_dir": {"/srv/models": Path("/srv/models")},
    "default_model": {"mlp": "mlp"},
    "provider": {"cpu": "cpu"},
    "mark": {"always": "always"},
    "keys_file": {"/etc/keys.json": Path("/etc/keys.json")},
    "cors_origins": {
        "https://a.example, http://b.example:81": ("https://a.example", "http://b.example:81"),
        "*": ("*",),
    },
    "log_format": {"json": "json"},
    "version_weights": {"digits/1=90, digits/2=10": ("digits/1=90", "digits/2=10")},
    "unix_socket": {"/run/digits.sock": Path("/run/digits.sock")},
    "public_url": {
        "https://digits.example": "https://digits.example",
        "http://[::1]:8000/a/b/": "http://[::1]:8000/a/b",
    },
}


def other_values(field: str) -> dict[str, object]:
    """Return values of a setting that are not its default, by their texts."""
    default = Settings.model_fields[field].default
    if field in TEXTS:
        return TEXTS[field]
    return {str(not default): not default} if isinstance(default, bool) else {str(default + 1): default + 1}


@pytest.mark.parametrize("field", Settings.model_fields)
def test_environment_variable_sets_each_setting(monkeypatch: pytest.MonkeyPatch, field: str) -> None:
    default = getattr(Settings(), field)
    for text, value in other_values(field).items():
        monkeypatch.setenv(PREFIX + field.upper(), text)
        assert getattr(Settings(), field) == value != default


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("host", ""),
        ("port", 65536),
        ("port", -1),
        ("admin_port", 65536),
        ("admin_port", 8000),
        ("provider", "tpu"),
        ("workers", -1),
        ("threads", -1),
        ("threads", "many"),
        ("batch_images", 0),
        ("max_images", 0),
        ("queue_images", 0),
        ("max_body_bytes", 10),
        ("request_timeout_s", 0),
        ("request_timeout_s", "nan"),
        ("requests_per_minute", -1),
        ("images_per_minute", -1),
        ("cors_origins", "a.example"),
        ("cors_origins", "https://a.example/path"),
        ("public_url", "digits.example"),
        ("public_url", "https://digits.example/a?b"),
        ("public_url", "https://digits.example//a"),
        ("keep_alive_s", 0),
        ("drain_s", -1),
        ("grace_s", 0),
        ("reload_s", -1),
        ("default_model", "Digits"),
        ("version_weights", "digits/1"),
        ("version_weights", "digits/01=5"),
        ("version_weights", "digits/1=1000001"),
        ("version_weights", "digits/1=5,digits/1=6"),
        ("version_weights", "digits/1=0,digits/2=0"),
    ],
)
def test_a_value_out_of_range_is_refused_by_field(field: str, value: object) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings.model_validate({field: value})
    assert refused.value.errors()[0]["loc"][0] == field


def test_weights_are_by_model_and_version() -> None:
    settings = Settings.model_validate({"version_weights": "digits/1=90,mlp/12=1 digits/2=0"})
    assert settings.weights == {"digits": {"1": 90, "2": 0}, "mlp": {"12": 1}}
    assert Settings().weights == {}


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().port = 1  # type: ignore[misc]


def test_an_empty_variable_is_no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITGAN_PORT", "")
    assert Settings().port == 8000


def test_zero_threads_means_one_for_each_available_processor() -> None:
    assert Settings().run_threads == available_cpus()
    assert Settings(threads=3).run_threads == 3


@pytest.mark.parametrize(("workers", "n_workers", "threads"), [(1, 1, 4), (2, 2, 2), (3, 3, 1), (9, 9, 1), (0, 4, 1)])
def test_workers_share_the_processors(
    monkeypatch: pytest.MonkeyPatch, workers: int, n_workers: int, threads: int
) -> None:
    monkeypatch.setattr("service.settings.available_cpus", lambda: 4)
    settings = Settings(workers=workers)
    assert (settings.n_workers, settings.run_threads) == (n_workers, threads)


def test_workers_divide_the_limits_of_a_key_without_exceeding_them() -> None:
    alone = Settings(requests_per_minute=60, images_per_minute=1000)
    assert (alone.worker_requests_per_minute, alone.worker_images_per_minute) == (60, 1000)
    shared = Settings(workers=4, requests_per_minute=60, images_per_minute=1000)
    assert (shared.worker_requests_per_minute, shared.worker_images_per_minute) == (15, 250)
    assert Settings(workers=4).worker_images_per_minute == 0
    assert Settings(workers=4, requests_per_minute=1).worker_requests_per_minute == 1


@pytest.mark.parametrize("name", ["DIGITGAN_TIMEOUT", "digitgan_max", "DIGITGAN_"])
def test_unknown_variable_is_refused_by_name(name: str) -> None:
    with pytest.raises(CannotServe, match=rf"unknown settings: {name}; available settings: .*DIGITGAN_PORT"):
        refuse_unknown({name: "1", "PATH": "/bin"})


def test_misspelt_variables_are_refused_with_what_they_may_mean() -> None:
    with pytest.raises(CannotServe) as refused:
        refuse_unknown({"DIGITGAN_WROKERS": "2", "digitgan_prot": "1", "DIGITGAN_PORT": "1"})
    meant = "DIGITGAN_WROKERS (did you mean DIGITGAN_WORKERS?), digitgan_prot (did you mean DIGITGAN_PORT?)"
    assert str(refused.value) == f"unknown settings: {meant}"


def test_empty_variable_counts_as_unset() -> None:
    refuse_unknown({"DIGITGAN_IMAGE": ""})


def test_variables_that_are_settings_are_taken() -> None:
    refuse_unknown({PREFIX + field.upper(): "1" for field in Settings.model_fields} | {"HOME": "/"})


def test_changed_settings_differ_from_defaults_and_hide_passwords() -> None:
    assert Settings().changed == {}
    origins = ("https://a.example", "https://me:secret@b.example")
    chosen = Settings(
        port=0, keys_file=Path("k.json"), cors_origins=origins, public_url="https://me:secret@c.example/d"
    )
    assert chosen.changed == {
        "port": 0,
        "keys_file": "k.json",
        "cors_origins": ["https://a.example", "https://***@b.example"],
        "public_url": "https://***@c.example/d",
    }


@pytest.mark.parametrize("password", ["se@cret", 'se"cret', "se\\cret", "se\u00e9cret"])
def test_changed_settings_hide_the_whole_password(password: str) -> None:
    chosen = Settings(public_url=f"https://me:{password}@c.example/d", models_dir=Path("a@b"))
    assert chosen.changed == {"models_dir": "a@b", "public_url": "https://***@c.example/d"}
