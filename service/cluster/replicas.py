"""The application as a deployment of Ray Serve: the same one that a server process serves.

deploy/ray/ says how many replicas there are and where. Ray is an extra of this package, and is loaded when it is first
needed.
"""

import math
from typing import TYPE_CHECKING

from fastapi import FastAPI

from digitgan import __version__

from ..app import create_app
from ..settings import Settings, refuse_unknown
from ..telemetry import events, logs

if TYPE_CHECKING:
    from ray import serve


def application(_: dict[str, str]) -> "serve.Application":
    """Return the application that the configuration of Ray Serve names by ``import_path``."""
    from ray import serve

    return serve.deployment(serve.ingress(_create_replica)(), name="digits").bind()


def replica_settings(settings: Settings, cpus: float) -> Settings:
    """Return the settings of one replica.

    Args:
        settings: how to serve; Ray Serve decides on host, port and workers.
        cpus: processors that Ray assigns to this replica; a model run has as many threads unless `threads` is set.
    """
    threads = settings.threads or max(1, math.floor(cpus))
    # Ray opens no admin port, so the only port has the metrics.
    return settings.model_copy(update={"threads": threads, "workers": 1, "admin_port": 0})


def _create_replica() -> FastAPI:
    """Return the application of this process, which is one replica.

    Raises:
        CannotServe: a model, the provider or a setting is unusable; Ray Serve reports why.
    """
    import ray

    refuse_unknown()
    settings = replica_settings(Settings(), ray.get_runtime_context().get_assigned_resources().get("CPU", 0.0))
    logs.configure(settings.log_format)
    events.START.log(release=__version__, settings=settings.changed)
    return create_app(settings)
