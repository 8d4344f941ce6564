"""Every setting of the service: name, type, unit, range, default and help, each defined once.

Environment variables, command-line options and docs/configuration.md are derived from this class.
"""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from digitgan.contract.documents import shorten
from digitgan.contract.limits import NAME_PATTERN, VERSION_PATTERN
from digitgan.engine import settings as engine_settings
from digitgan.engine.cpus import available_cpus
from digitgan.engine.settings import PREFIX, EngineSettings, Weights

from .telemetry.logs import LogFormat


def _matching(pattern: str, expected: str) -> AfterValidator:
    """Return a check that a text matches a pattern, whose error says in words what is expected."""

    def check(given: str) -> str:
        if not re.fullmatch(pattern, given):
            raise ValueError(f"must be {expected}")
        return given

    return AfterValidator(check)


_Origin = Annotated[str, _matching(r"\*|https?://[^/\s]+", "* or origins without a path, as https://a.example")]
_PublicUrl = Annotated[
    str,
    _matching(
        r"https?://[^/?#\s]+(/[A-Za-z0-9._~-]+)*/?",
        "an http or https address without a query, as https://digits.example/services/digits",
    ),
    AfterValidator(lambda given: given.rstrip("/")),
]
_USER = re.compile(r'(?<=//)(?:[^/\s"\\]|\\.)*@')  # in an address within a JSON string
_List = BeforeValidator(lambda given: given.replace(",", " ").split() if isinstance(given, str) else given)
Origins = Annotated[tuple[_Origin, ...], NoDecode, _List]

_MAX_WEIGHT = 1_000_000
_VERSION_WEIGHT = re.compile(f"({NAME_PATTERN[1:-1]})/({VERSION_PATTERN[1:-1]})=([0-9]{{1,7}})")


def _weights_of(given: tuple[str, ...]) -> Weights:
    """Return weights by model and version.

    Raises:
        ValueError: one is not a weight, a version has two, or all of a model are 0.
    """
    weights: dict[str, dict[str, int]] = {}
    for text in given:
        found = _VERSION_WEIGHT.fullmatch(text)
        if found is None or int(found[3]) > _MAX_WEIGHT:
            expected = f"model/version=weight, such as digits/2=10, with a weight from 0 to {_MAX_WEIGHT:,}"
            raise ValueError(f"must be {expected}, not {shorten(repr(text))}")
        model, version, weight = found.groups()
        if version in weights.setdefault(model, {}):
            raise ValueError(f"{model}/{version} has two weights; give it one")
        weights[model][version] = int(weight)
    if unused := next((model for model, by_version in weights.items() if not any(by_version.values())), None):
        raise ValueError(f"no version of {unused} has a weight above 0")
    return weights


def _check_weights(given: tuple[str, ...]) -> tuple[str, ...]:
    _weights_of(given)
    return given


VersionWeights = Annotated[tuple[str, ...], NoDecode, _List, AfterValidator(_check_weights)]


class Settings(EngineSettings, BaseSettings):
    """How the service runs; each field is also ``DIGITGAN_<FIELD>`` in the environment and an option of `serve`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, env_ignore_empty=True)

    host: Annotated[
        str, Field(min_length=1, description="address to listen on; :: for all, 0.0.0.0 for all of IPv4")
    ] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="port to listen on; 0 takes a free one")] = 8000
    unix_socket: Annotated[
        Path | None, Field(description="file of a Unix socket to listen on, in place of host and port")
    ] = None
    public_url: Annotated[
        _PublicUrl | None,
        Field(description="address of the service for its clients, with any prefix; default: as its proxy forwards it"),
    ] = None
    admin_port: Annotated[
        int,
        Field(ge=0, le=65535, description="additional port for health and metrics, with metrics there alone; 0: none"),
    ] = 0
    strict_models: Annotated[
        bool,
        Field(
            description="refuse to start if any model version is unusable; "
            "false: serve the others, if the default model is among them"
        ),
    ] = True
    version_weights: Annotated[
        VersionWeights,
        Field(
            description="how versions share requests that name none, as digits/1=90,digits/2=10; "
            "default: the newest gets all"
        ),
    ] = ()
    model_files: Annotated[
        bool, Field(description="offer the models' ONNX files for download; the page needs one to draw in the browser")
    ] = True
    workers: Annotated[
        int, Field(ge=0, le=256, description="processes that share the port; 0: as many as processors are available")
    ] = 1
    max_body_bytes: Annotated[int, Field(ge=1024, description="largest request body without pictures")] = (
        4 * 1024 * 1024
    )
    max_upload_bytes: Annotated[
        int, Field(ge=1024, description="largest request body where a request may have pictures")
    ] = 16 * 1024 * 1024
    encoding_memory_bytes: Annotated[
        int,
        Field(
            ge=2**20,
            description="memory of a worker for encoding; a request that needs more gets 422, and others wait",
        ),
    ] = 160 * 1024 * 1024  # with both budgets below, the models and the interpreter, less than 512 MiB
    body_memory_bytes: Annotated[
        int,
        Field(ge=2**20, description="memory of a worker for reading large bodies; those beyond it get 503"),
    ] = 48 * 1024 * 1024
    unsent_memory_bytes: Annotated[
        int,
        Field(ge=2**20, description="memory of a worker for large answers that are not sent yet; more get 503"),
    ] = 96 * 1024 * 1024
    picture_memory_bytes: Annotated[
        int,
        Field(
            ge=0,
            le=2**30,
            description="memory of a worker for pictures whose addresses name model and version, to answer them again; "
            "0: none",
        ),
    ] = 8 * 1024 * 1024  # some 3,000 digits
    request_timeout_s: Annotated[
        float,
        Field(gt=0, le=3600, description="maximum seconds until an answer begins; X-Request-Timeout may ask for less"),
    ] = 30.0
    keep_alive_s: Annotated[
        float,
        Field(
            gt=0, le=86_400, description="seconds after which an idle connection is closed; clients must give up first"
        ),
    ] = 3660.0  # Envoy keeps idle connections for an hour, and other common gateways for less
    keys_file: Annotated[
        Path | None, Field(description="file of API keys, made by `keys add`; without it, no key is required")
    ] = None
    requests_per_minute: Annotated[
        int,
        Field(
            ge=0,
            le=1_000_000,
            description="maximum requests a minute for each key, or in total without keys; 0: no limit",
        ),
    ] = 0
    images_per_minute: Annotated[
        int,
        Field(
            ge=0,
            le=1_000_000_000,
            description="maximum images a minute for each key, or in total without keys; 0: no limit",
        ),
    ] = 0
    cors_origins: Annotated[
        Origins,
        Field(description="origins whose pages may use the service, as https://a.example,https://b.example; * for all"),
    ] = ()
    drain_s: Annotated[
        float,
        Field(
            ge=0, le=3600, description="seconds after SIGTERM in which requests are still served, but readiness fails"
        ),
    ] = 5.0  # a gateway that checks every second and acts on the second 503 has stopped sending by then
    grace_s: Annotated[
        float, Field(gt=0, le=3600, description="maximum seconds to finish accepted requests after drain_s")
    ] = 20.0  # together with drain_s less than the 30 s after which Kubernetes kills the process
    worker_timeout_s: Annotated[
        float,
        Field(
            ge=0,
            le=3600,
            description="seconds without a sign of life after which a worker is killed and replaced; 0: never",
        ),
    ] = 20.0  # the event loop waits for nothing as long as that, and a model loads in a thread
    reload_s: Annotated[
        float, Field(ge=0, le=86_400, description="seconds between checks for changed models; 0: only at SIGHUP")
    ] = 0.0
    log_format: Annotated[
        LogFormat, Field(description="format of the log on stderr: text for people, json for machines")
    ] = "text"
    access_log: Annotated[
        bool,
        Field(
            description="log a line for each request; this adds half to the processor time of a request for one seed"
        ),
    ] = False
    access_log_probes: Annotated[bool, Field(description="with access_log, log health checks and scrapes, too")] = False

    @field_validator("admin_port")
    @classmethod
    def _is_another_port(cls, admin_port: int, given: ValidationInfo) -> int:
        if admin_port and admin_port == given.data.get("port"):
            raise ValueError("must differ from --port")
        return admin_port

    @property
    def changed(self) -> dict[str, Any]:
        """The settings that differ from their defaults, as JSON values; names and passwords in addresses are hidden."""
        names = {
            name
            for name, field in type(self).model_fields.items()
            if getattr(self, name) != field.get_default(call_default_factory=True)
        }
        shown: dict[str, Any] = json.loads(_USER.sub("***@", self.model_dump_json(include=names)))
        return shown

    @property
    def address(self) -> str:
        """Where the service listens, as people and logs name it."""
        if self.unix_socket is not None:
            return f"unix:{self.unix_socket.absolute()}"
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    @property
    def weights(self) -> Weights:
        """The weights of versions, by model and version."""
        return _weights_of(self.version_weights)

    @property
    def n_workers(self) -> int:
        """Processes that answer requests, at least 1."""
        return self.workers or available_cpus()

    @property
    def worker_requests_per_minute(self) -> int:
        """A worker's share of the requests of a key; 0 for no limit."""
        return -(-self.requests_per_minute // self.n_workers)

    @property
    def worker_images_per_minute(self) -> int:
        """A worker's share of the images of a key; 0 for no limit."""
        return -(-self.images_per_minute // self.n_workers)

    @property
    def run_threads(self) -> int:
        """Threads of a worker for model runs, at least 1; the workers share the processors."""
        return self.threads or max(1, available_cpus() // self.n_workers)


def refuse_unknown(environment: Mapping[str, str] = os.environ) -> None:
    """Check that every ``DIGITGAN_`` variable is a setting, so that no misspelt one passes for a default.

    Raises:
        CannotServe: one is not; the error names it and the most similar setting, or else all settings.
    """
    engine_settings.refuse_unknown(Settings.model_fields, environment)
