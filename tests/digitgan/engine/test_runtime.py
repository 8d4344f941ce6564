"""Running a model leaves no files behind, so onnxruntime's telemetry is off in the service and in training."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
_SERVICE = """
from functools import partial
from pathlib import Path
from digitgan.engine.onnx_backend import OnnxBackend
from digitgan.engine.repository import Repository
Repository(Path("exported"), partial(OnnxBackend, provider="cpu", threads=1, batch_images=1)).load()
"""
_TRAINING = """
from pathlib import Path
import training.graphs.precision
from training.graphs.sessions import one_thread
one_thread(Path("exported/digits/1/model.onnx"))
"""


@pytest.mark.parametrize("program", [_SERVICE, _TRAINING], ids=["service", "training"])
def test_onnxruntime_stores_no_identity_and_no_record_of_runs(program: str, tmp_path: Path) -> None:
    quiet = {"CI", "ORT_DISABLE_TELEMETRY", "ORT_RUNNING_UNIT_TESTS", "XDG_CACHE_HOME"}  # each would hide the files
    environment = {name: value for name, value in os.environ.items() if name not in quiet} | {"HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, check=True)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == []
