"""The main path of a user, each step in its own process: train, be interrupted, resume, export, serve and request."""

import base64
import io
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image

from tests.processes import serving, wait_until
from training.export import export
from training.run import Run

ROOT = Path(__file__).parents[2]
ITERATIONS = 400  # training is interrupted after half of them, and must notice that before the end


def training(*arguments: str | Path) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "digitgan", *map(str, arguments)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process: "subprocess.Popen[str]") -> int:
    output, errors = process.communicate(timeout=280)
    assert process.returncode in (0, 130), f"{output}\n{errors}"
    return process.returncode


def train(run: Path) -> "subprocess.Popen[str]":
    return training("train", "mlp", "--data", "sample", "--iterations", str(ITERATIONS), "--run", run)


def history(run: Path) -> list[dict[str, Any]]:
    """Return the figures of a run's history, without its times."""
    path = run / "history.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return [{name: value for name, value in line.items() if not name.endswith("_s")} for line in lines]


@pytest.mark.timeout(1200)  # six processes, most of which import PyTorch: a minute on an idle machine
def test_resumed_run_equals_an_uninterrupted_one_and_its_export_is_served(tmp_path: Path) -> None:
    straight, resumed, models = tmp_path / "straight", tmp_path / "resumed", tmp_path / "models"

    assert finish(train(straight)) == 0

    process = train(resumed)
    wait_until((resumed / "history.jsonl").exists)  # at iteration 200
    process.send_signal(signal.SIGINT)
    assert finish(process) == 130
    assert finish(train(resumed)) == 0

    assert len([line for line in history(straight) if "generator_loss" in line]) == ITERATIONS // 200
    assert history(resumed) == history(straight)
    torch.set_num_threads(1)  # as the command does
    export(Run(straight), models, "1", judge=None)
    assert finish(training("export", resumed, "--to", models, "--version", "2")) == 0
    files = [(models / "mlp" / version / "model.onnx").read_bytes() for version in ("1", "2")]
    assert files[0] == files[1], "the resumed run ended with other weights"

    with serving("--models-dir", str(models), "--default-model", "mlp") as service, service.client() as client:
        body = {"seeds": [1, 2, 3], "version": "2"}
        answer = client.post("/generate", json=body).raise_for_status()
        assert client.post("/generate", json=body).content == answer.content
        assert [image["seed"] for image in answer.json()["images"]] == [1, 2, 3]
        for image in answer.json()["images"]:
            picture = Image.open(io.BytesIO(base64.b64decode(image["png"])))
            assert (picture.format, picture.mode, picture.size) == ("PNG", "L", (28, 28))
        card = client.get("/models/mlp").raise_for_status().json()
        assert card["versions"] == ["1", "2"]
        assert card["reproduces_card"]
        assert card["card"]["training"]["iterations"] == ITERATIONS
