"""OpenVINO generates the same images as the CPU provider, to within one grey level.

The wheels exclude each other, so OpenVINO's is installed in its own environment: the one that `OPENVINO_VENV` names, or
a new one.
"""

import json
import re
import subprocess
import sysconfig
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from digitgan.contract.latents import seeds_to_latents
from digitgan.engine.backend import Rows
from digitgan.engine.onnx_backend import OnnxBackend
from digitgan.engine.plan import OWN_CLASS
from digitgan.engine.repository import Repository
from tests.environments import python_with
from tests.processes import ROOT

N_IMAGES = 64

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

# Rows are exchanged in files, so that the other environment does not need the tests' packages.
_DRAW = """
import sys
from functools import partial
from pathlib import Path
import numpy as np
from digitgan.engine.backend import Rows
from digitgan.engine.onnx_backend import OnnxBackend
from digitgan.engine.repository import Repository
models_dir, exchange = map(Path, sys.argv[1:])
for each in Repository(models_dir, partial(OnnxBackend, provider="openvino", threads=1, batch_images=64)).load():
    with np.load(exchange / f"{each.card.model}.npz") as rows:
        np.save(exchange / f"{each.card.model}.npy", each.run(Rows(**rows)).pixels)
"""


@pytest.fixture(scope="module")
def openvino(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the interpreter of an environment with the extra [openvino]."""
    return python_with("openvino", tmp_path_factory.mktemp("openvino"))


def run(python: Path, *arguments: str) -> str:
    """Return what a command of the environment prints."""
    command = [str(python), *arguments]
    ended = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return ended.stdout


@pytest.mark.parametrize("provider", ["openvino", "auto"])
def test_check_reports_that_openvino_runs_every_node(openvino: Path, provider: str) -> None:
    report = json.loads(run(openvino, "-m", "digitgan", "check", "--port", "0", "--json", "--provider", provider))
    assert report["models"]
    for model in report["models"]:
        print(f"{model['model']}: {model['nodes']}")
        assert model["provider"] == "OpenVINOExecutionProvider"
        assert set(model["nodes"]) == {"OpenVINOExecutionProvider"}


def test_device_buffers_keep_their_promises_on_openvino(openvino: Path) -> None:
    """Their own tests, with the packages of this environment behind those of the other."""
    packages = sysconfig.get_path("purelib")
    program = f"import sys; sys.path.append({packages!r}); import pytest; sys.exit(pytest.main(sys.argv[1:]))"
    options = ["-q", "-p", "no:randomly", "-p", "no:cacheprovider", "-k", "openvino"]
    printed = run(openvino, "-c", program, *options, "tests/digitgan/engine/test_device_buffers.py")
    assert re.search(r"^6 passed, \d+ deselected", printed, re.MULTILINE), printed


def test_openvino_images_are_within_one_grey_level_of_cpu_images(
    openvino: Path, models_dir: Path, tmp_path: Path
) -> None:
    ours = {}
    for each in Repository(models_dir, partial(OnnxBackend, provider="cpu", threads=1, batch_images=N_IMAGES)).load():
        rows = {
            "latents": seeds_to_latents(range(N_IMAGES), each.card.latent_size),
            "labels": np.full(N_IMAGES, OWN_CLASS),
            "truncation": np.ones(N_IMAGES, np.float32),
        }
        np.savez(tmp_path / f"{each.card.model}.npz", allow_pickle=False, **rows)
        ours[each.card.model] = each.run(Rows(**rows)).pixels.astype(int)
    run(openvino, "-c", _DRAW, str(models_dir), str(tmp_path))
    for model, pixels in ours.items():
        differences = np.abs(np.load(tmp_path / f"{model}.npy") - pixels)
        n_different = np.count_nonzero(differences)
        print(f"{model}: {n_different} of {differences.size} pixels differ, by at most {differences.max()}")
        assert differences.max() <= 1, model
