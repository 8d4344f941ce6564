"""The image of the trainer: it trains, judges and exports as any user, and holds no tools of developers."""

import json
import os
from pathlib import Path

import pytest

from digitgan import __version__
from tests.deploy.engine import NEEDS_ENGINE, inspect, run
from tests.deploy.images import assert_billed, assert_size_is_documented

IMAGE = "digitgan-test-training:latest"
BASE_IMAGE = "python:3.11-slim-bookworm"
USER = "12345:12345"  # without a name, and without a home folder
MOST_BYTES = 1_100_000_000  # with PyTorch for CPUs, and a base of 121 MB
DEVELOPERS_TOOLS = ("pytest", "mypy", "ruff", "playwright", "hypothesis", "schemathesis", "pip", "piptools")

pytestmark = NEEDS_ENGINE


@pytest.fixture(scope="module")
def image() -> str:
    run("make", "image-training", TRAINING_IMAGE=IMAGE)
    return IMAGE


def test_training_image_trains_and_exports_into_the_mounted_folder(image: str, tmp_path: Path) -> None:
    os.chown(tmp_path, 12345, 12345)
    careful = ("--user", USER, "--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--network", "none")
    begin = ("docker", "run", "--rm", *careful, "--volume", f"{tmp_path}:/mnt", image)
    run(*begin, "run", "digits", "--data", "sample", "--budget", "20s")
    assert (tmp_path / "runs" / "digits" / "history.jsonl").stat().st_uid == 12345
    card = json.loads((tmp_path / "exported" / "digits" / "1" / "card.json").read_text(encoding="utf-8"))
    assert card["recipe"]["name"] == "digits"
    run(*begin, "write", "7", "--models-dir", "exported", "-o", "7.png")
    assert (tmp_path / "7.png").read_bytes().startswith(b"\x89PNG")


def test_training_image_runs_the_commands_of_both_halves(image: str) -> None:
    alone = ("docker", "run", "--rm", "--read-only", "--network", "none")
    module = ("--entrypoint", "python", image, "-m", "digitgan")
    assert run(*alone, image, "--version") == run(*alone, *module, "--version") == f"digitgan {__version__}\n"
    assert {"serve", "train"} <= {*run(*alone, image, "--help").split()}
    assert json.loads(run(*alone, image, "check", "--json"))["release"] == __version__


def test_training_image_holds_no_tools_of_developers_and_is_small(image: str) -> None:
    look = f"import importlib.util as u; print([name for name in {DEVELOPERS_TOOLS} if u.find_spec(name)])"
    assert run("docker", "run", "--rm", "--entrypoint", "python", image, "-I", "-c", look) == "[]\n"
    size = int(inspect(image, "{{.Size}}"))
    print(f"the image of the trainer: {size / 1e6:.0f} MB")
    has_cuda = "nvidia" in " ".join(assert_billed(image))
    if not has_cuda:
        assert size < MOST_BYTES
        assert_size_is_documented(image, BASE_IMAGE, "target `training`")


def test_training_image_bills_the_judges(image: str) -> None:
    assert {"torch", "judge-plain", "judge-residual"} <= {*assert_billed(image)}
