"""Knows how Ray Serve runs the application: the same one that a server process of its own would answer with.

Does not know what is served, nor how many replicas there are and where: deploy/ray/ says that. Ray is an extra of this
package, and loaded when first asked for.
"""

import math
from typing import TYPE_CHECKING

from fastapi import FastAPI

from service.app import create_app
from service.settings import Settings, refuse_unknown
from service.telemetry import logs

if TYPE_CHECKING:
    from ray import serve


def application(_: dict[str, str]) -> "serve.Application":
    """Return what Ray Serve's configuration names by ``import_path``."""
    from ray import serve

    return serve.deployment(serve.ingress(_create_replica)(), name="digits").bind()


def replica_settings(settings: Settings, cpus: float) -> Settings:
    """Return how one replica serves.

    Args:
        settings: how to serve; host, port and workers are Ray Serve's to say.
        cpus: processors that Ray counts as this replica's; runs have as many threads unless the settings say how many.
    """
    return settings.model_copy(update={"threads": settings.threads or max(1, math.floor(cpus)), "workers": 1})


def _create_replica() -> FastAPI:
    """Return the application of this process, which is one replica.

    Raises:
        CannotServe: a model, the provider or a setting is not what it should be; Ray Serve tells why.
    """
    import ray

    refuse_unknown()
    settings = replica_settings(Settings(), ray.get_runtime_context().get_assigned_resources().get("CPU", 0.0))
    logs.configure(settings.log_format)
    return create_app(settings)
