"""Knows every setting of the service once: name, type, unit, range, default, help.

Does not know who reads it. Environment variables, command-line flags and documentation are made from this class.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from digitgan.contract.card import Name
from digitgan.contract.errors import CannotServe
from digitgan.engine.backend import ProviderName
from digitgan.engine.cpus import available_cpus
from service.telemetry.logs import LogFormat

PREFIX = "DIGITGAN_"

_Origin = Annotated[str, Field(pattern=r"^(\*|https?://[^/\s]+)$")]
Origins = Annotated[
    tuple[_Origin, ...],
    NoDecode,
    BeforeValidator(lambda given: given.replace(",", " ").split() if isinstance(given, str) else given),
]


class Settings(BaseSettings):
    """How the service runs; each field is also ``DIGITGAN_<FIELD>`` in the environment and a flag of `serve`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, env_ignore_empty=True)

    host: Annotated[str, Field(min_length=1, description="address to listen on; 0.0.0.0 for all of them")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="port to listen on; 0 takes a free one")] = 8000
    admin_port: Annotated[
        int, Field(ge=0, le=65535, description="port that has health and metrics, too, and nothing else; 0: none")
    ] = 0
    models_dir: Annotated[Path, Field(description="folder that holds <model>/<version>/card.json")] = Path("exported")
    model_files: Annotated[
        bool, Field(description="give out the models' ONNX files; the page needs one to draw in the browser")
    ] = True
    default_model: Annotated[Name, Field(description="model of a request that names none")] = "digits"
    provider: Annotated[
        ProviderName,
        Field(description="execution provider: auto, cpu, cuda, tensorrt or openvino; a named one must be active"),
    ] = "auto"
    workers: Annotated[
        int, Field(ge=0, le=256, description="processes that share the port; 0: as many as processors are available")
    ] = 1
    threads: Annotated[
        int,
        Field(ge=0, le=256, description="threads of a worker for model runs; 0: its share of the available processors"),
    ] = 0
    batch_images: Annotated[int, Field(ge=1, le=4096, description="most images in one model run")] = 64
    max_images: Annotated[int, Field(ge=1, le=100_000, description="most images in one request")] = 1024
    max_stream_images: Annotated[
        int, Field(ge=1, le=1_000_000, description="most images in one request for a form that is streamed")
    ] = 100_000
    queue_images: Annotated[
        int, Field(ge=1, le=1_000_000, description="most images waiting or in work; beyond it requests get 503")
    ] = 4096
    max_body_bytes: Annotated[int, Field(ge=1024, description="largest request body")] = 4 * 1024 * 1024
    request_timeout_s: Annotated[
        float,
        Field(gt=0, le=3600, description="most seconds until an answer begins; X-Request-Timeout may ask for less"),
    ] = 30.0
    keys_file: Annotated[
        Path | None, Field(description="file of API keys, made by `keys add`; without one, nobody needs a key")
    ] = None
    requests_per_minute: Annotated[
        int, Field(ge=0, le=1_000_000, description="most requests a minute of a key, or of all without keys; 0: any")
    ] = 0
    images_per_minute: Annotated[
        int, Field(ge=0, le=1_000_000_000, description="most images a minute of a key, or of all without keys; 0: any")
    ] = 0
    cors_origins: Annotated[
        Origins,
        Field(description="origins whose pages may use the service, as https://a.example,https://b.example; * for all"),
    ] = ()
    drain_s: Annotated[
        float, Field(ge=0, le=3600, description="seconds that it goes on serving, not ready, after SIGTERM")
    ] = 5.0  # a gateway that looks every second, and believes the second 503, has gone elsewhere by then
    grace_s: Annotated[
        float, Field(gt=0, le=3600, description="most seconds for what it accepted to be finished, after that")
    ] = 20.0  # with drain_s within the 30 s after which Kubernetes kills
    reload_s: Annotated[
        float, Field(ge=0, le=86_400, description="seconds between looks for changed models; 0: only at SIGHUP")
    ] = 0.0
    log_format: Annotated[
        LogFormat, Field(description="form of the log on stderr: text for people, json for machines")
    ] = "text"
    access_log: Annotated[
        bool,
        Field(description="log a line for each request; a lone seed's then costs the processor half as much again"),
    ] = False

    @field_validator("admin_port")
    @classmethod
    def _is_another_port(cls, admin_port: int, given: ValidationInfo) -> int:
        if admin_port and admin_port == given.data.get("port"):
            raise ValueError("the port of requests is another one")
        return admin_port

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
        """Threads of a worker for model runs, at least 1."""
        return self.threads or max(1, available_cpus() // self.n_workers)


def refuse_unknown(environment: Mapping[str, str] = os.environ) -> None:
    """Do nothing if every ``DIGITGAN_`` variable is a setting: a misspelt one must not pass as a default.

    Raises:
        CannotServe: one is not; it is named, with the settings that there are.
    """
    known = {PREFIX + field.upper() for field in Settings.model_fields}
    unknown = sorted(name for name in environment if name.upper().startswith(PREFIX) and name.upper() not in known)
    if unknown:
        raise CannotServe(f"no such setting: {', '.join(unknown)}; there is {', '.join(sorted(known))}")
