"""The settings of an engine: which models it serves, on which processors and in which batches.

The service's settings extend this class; commands that need no server use it as it is.
"""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from digitgan.contract.card import Name
from digitgan.contract.documents import shorten
from digitgan.contract.errors import CannotServe
from digitgan.contract.words import most_similar
from digitgan.engine.backend import ProviderName
from digitgan.engine.cpus import available_cpus
from digitgan.installation import shipped_models

PREFIX = "DIGITGAN_"

Weights = Mapping[str, Mapping[str, int]]  # of versions that share requests, by model and version; each at least 0


class EngineSettings(BaseModel):
    """How models are run; each field is also ``DIGITGAN_<FIELD>`` in the environment and a command-line option."""

    model_config = ConfigDict(frozen=True)

    models_dir: Path = Field(
        default_factory=shipped_models,
        description="folder that holds <model>/<version>/card.json; by default the one that comes with the package",
    )
    default_model: Annotated[Name, Field(description="model of a request that names none")] = "digits"
    provider: Annotated[
        ProviderName,
        Field(description="execution provider: auto, cpu, cuda, tensorrt or openvino; a named one must be active"),
    ] = "auto"
    threads: Annotated[
        int,
        Field(ge=0, le=256, description="threads of a worker for model runs; 0: its share of the available processors"),
    ] = 0
    batch_images: Annotated[int, Field(ge=1, le=4096, description="maximum images in one model run")] = 64
    max_images: Annotated[int, Field(ge=1, le=100_000, description="maximum images in one request")] = 1024
    max_stream_images: Annotated[
        int, Field(ge=1, le=1_000_000, description="maximum images in one request in a streamed format")
    ] = 100_000
    queue_images: Annotated[
        int,
        Field(
            ge=1,
            le=1_000_000,
            description="maximum images that wait or are being generated; requests beyond that get 503",
        ),
    ] = 4096

    mark: Annotated[
        Literal["requested", "always"],
        Field(description="which files say that a trained model made them: those requested with metadata, or all"),
    ] = "requested"

    @classmethod
    def from_environment(cls, given: Mapping[str, Any], environment: Mapping[str, str] = os.environ) -> Self:
        """Return settings from options, the environment and the defaults, in this order.

        An empty variable counts as unset.

        Args:
            given: fields by name, from command-line options.
            environment: variables by name, in any case.

        Raises:
            ValidationError: a value is not allowed.
        """
        variables = {name.upper(): value for name, value in environment.items() if value}
        found = {
            name: variables[PREFIX + name.upper()] for name in cls.model_fields if PREFIX + name.upper() in variables
        }
        return cls.model_validate(found | dict(given))

    @property
    def marks_all(self) -> bool:
        """Whether every file is marked, whatever the request says."""
        return self.mark == "always"

    @property
    def run_threads(self) -> int:
        """Threads for model runs, at least 1."""
        return self.threads or available_cpus()


def refuse_unknown(fields: Iterable[str], environment: Mapping[str, str] = os.environ) -> None:
    """Check that every ``DIGITGAN_`` variable is a setting, so that no misspelt one passes for a default.

    An empty variable counts as unset.

    Args:
        fields: names of the settings.
        environment: variables by name, in any case.

    Raises:
        CannotServe: one is not a setting; the error names it and the most similar setting, or else all settings.
    """
    known = sorted(field.upper() for field in fields)
    given = sorted(name for name, value in environment.items() if value and name.upper().startswith(PREFIX))
    unknown = {name: own for name in given if (own := name.upper().removeprefix(PREFIX)) not in known}
    if not unknown:
        return
    meant = {name: most_similar(own, known) for name, own in unknown.items()}
    hints = {name: f" (did you mean {PREFIX}{similar}?)" if similar else "" for name, similar in meant.items()}
    message = f"unknown settings: {', '.join(shorten(name) + hint for name, hint in hints.items())}"
    if not all(meant.values()):
        message += f"; available settings: {', '.join(PREFIX + name for name in known)}"
    raise CannotServe(message)
