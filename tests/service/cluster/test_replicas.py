"""The settings of a replica, and the files in `deploy/ray/`; `tests/cluster` tests real replicas."""

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml

from service.cluster.replicas import application, replica_settings
from service.settings import Settings, refuse_unknown

FOLDER = Path(__file__).parents[3] / "deploy" / "ray"
FILES = [FOLDER / "gpu.yaml", FOLDER / "serve.yaml"]  # those for `serve deploy`


@pytest.mark.parametrize(
    ("given", "cpus", "threads"), [({}, 2.0, 2), ({}, 0.5, 1), ({}, 0.0, 1), ({"threads": 3}, 1.0, 3)]
)
def test_runs_have_as_many_threads_as_ray_assigns_processors(given: dict[str, Any], cpus: float, threads: int) -> None:
    assert replica_settings(Settings(workers=4, **given), cpus).run_threads == threads


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_file_names_the_application_and_known_settings(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [deployed] = yaml.safe_load(file.read_text())["applications"]
    module, _, name = deployed["import_path"].partition(":")
    assert getattr(import_module(module), name) is application
    settings = deployed["runtime_env"]["env_vars"]
    refuse_unknown(settings)
    for variable, value in settings.items():
        monkeypatch.setenv(variable, value)
    assert replica_settings(Settings(), deployed["deployments"][0]["ray_actor_options"]["num_cpus"]).run_threads == 1


def test_request_that_kills_its_replica_is_not_repeated() -> None:
    assert "RETRY_ON=conn-failure\n" in (FOLDER / "node.env").read_text()
