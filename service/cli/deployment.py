"""A report on a deployment: its processors, provider and models, each of which is loaded and runs one batch."""

import asyncio
import platform
from dataclasses import asdict
from time import perf_counter

import numpy as np
from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict, Field

from digitgan import __version__
from digitgan.cli import exits
from digitgan.contract.card import Golden
from digitgan.contract.latents import seeds_to_latents
from digitgan.engine.backend import Backend, Rows
from digitgan.engine.cpus import affine_cpus, available_cpus, quota_cpus
from digitgan.engine.plan import OWN_CLASS
from digitgan.engine.providers import installed_providers, runtime_version

from ..process.server import prepared
from ..process.supervisor import Supervisor
from ..routes.models import RefusedVersion
from ..settings import Settings


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, protected_namespaces=())


class Processors(_Part):
    """The processors that this process may use, and how the service would use them."""

    affinity: int
    quota: float | None = Field(description="of the control groups; null if there is none")
    available: int
    workers: int
    threads: int = Field(description="of one worker, for model runs")


class CheckedModel(_Part):
    """How one model version ran on this machine."""

    model: str
    version: str
    sha256: str
    precision: str
    provider: str = Field(description="as the session reports it")
    nodes: dict[str, int] = Field(description="of the graph, by the provider that runs them")
    golden: list[Golden]
    reproduces_card: bool = Field(description="whether the golden seeds give the card's pixels")
    batch_images: int
    batch_s: float = Field(description="of one run of that many images")


class Report(_Part):
    """Everything that a deployment would use."""

    release: str
    python: str
    onnxruntime: str
    processors: Processors
    provider: str = Field(description="as configured")
    installed_providers: list[str] = Field(description="in the wheel, which does not prove that they work here")
    models: list[CheckedModel]
    refused: list[RefusedVersion] = Field(description="versions that would not be served, since strict_models is false")


def inspect_deployment(settings: Settings) -> Report:
    """Start as the service does, up to listening, run one batch of each model, and report what was used.

    Raises:
        CannotServe: the service could not start, either.
        KeyboardInterrupt: SIGINT came while workers started.
    """
    if settings.n_workers > 1 and Supervisor(settings, is_rehearsal=True).run() == exits.INTERRUPTED:
        raise KeyboardInterrupt
    with prepared(settings) as server:
        models = asyncio.run(_check_models(server.app, settings.batch_images))
        refused = server.app.state.services.repository.refused
    return Report(
        release=__version__,
        python=platform.python_version(),
        onnxruntime=runtime_version(),
        processors=Processors(
            affinity=affine_cpus(),
            quota=quota_cpus(),
            available=available_cpus(),
            workers=settings.n_workers,
            threads=settings.run_threads,
        ),
        provider=settings.provider,
        installed_providers=installed_providers(),
        models=models,
        refused=[RefusedVersion(**asdict(each)) for each in refused],
    )


def as_text(report: Report) -> str:
    """Return a report as text for people."""
    cpus = report.processors
    quota = "no quota" if cpus.quota is None else f"a quota of {cpus.quota:g}"
    lines = [
        f"digitgan {report.release}, Python {report.python}, onnxruntime {report.onnxruntime}",
        f"processors: {cpus.affinity} by affinity, {quota}: workers {cpus.workers}, threads each {cpus.threads}",
        f"provider: {report.provider}; installed: {', '.join(report.installed_providers)}",
    ]
    for each in report.models:
        total = sum(each.nodes.values())
        nodes = ", ".join(f"{n} of {total} nodes on {name}" for name, n in each.nodes.items())
        golden = "gives" if each.reproduces_card else "DOES NOT GIVE"
        lines += [
            f"{each.model} {each.version} ({each.precision}): {each.provider}, {nodes}",
            f"  sha256 {each.sha256}",
            f"  {golden} the pixels of the {len(each.golden)} golden seeds of its card",
            f"  {each.batch_images} images in {each.batch_s * 1e3:.1f} ms",
        ]
    lines += [f"{each.model} {each.version} IS REFUSED: {each.reason}" for each in report.refused]
    return "\n".join(lines)


async def _check_models(app: FastAPI, batch_images: int) -> list[CheckedModel]:
    """Run each model between the start and the end of an application, which claims names and makes threads, too."""
    async with app.router.lifespan_context(app):
        return [_check(backend, batch_images) for backend in app.state.services.engine.backends]


def _check(backend: Backend, batch_images: int) -> CheckedModel:
    card = backend.card
    rows = Rows(
        seeds_to_latents(range(batch_images), card.latent_size),
        np.full(batch_images, OWN_CLASS),
        np.ones(batch_images, np.float32),
    )
    started = perf_counter()
    backend.run(rows)
    batch_s = perf_counter() - started
    return CheckedModel(
        model=card.model,
        version=card.version,
        sha256=card.file.sha256,
        precision=card.precision,
        provider=backend.provider,
        nodes=dict(backend.nodes),
        golden=card.golden,
        reproduces_card=backend.reproduces_card,
        batch_images=batch_images,
        batch_s=batch_s,
    )
