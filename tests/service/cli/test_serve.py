"""What an operator sees of `serve` on the command line."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from digitgan.cli.tree import main
from tests.cards import a_card, deploy
from tests.processes import ROOT, without_events


def run(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "digitgan", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["serve", "--prot", "1"], r"unknown option --prot; did you mean --port"),
        (["serve", "--port", "70000"], r"DIGITGAN_PORT / --port = '70000': must be an integer from 0 to 65,535"),
        (["serve", "--provider", "tpu"], r"--provider = 'tpu': must be one of auto, cpu, cuda, tensorrt, openvino"),
    ],
)
def test_serve_names_wrong_usage_and_what_is_allowed(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main(arguments) == 2
    assert re.search(message, capsys.readouterr().err)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["serve", "--models-dir", "nowhere"], r"the models folder nowhere does not exist"),
        (["serve", "--default-model", "letters"], r"no default model 'letters'"),
    ],
)
def test_serve_names_what_keeps_it_from_starting(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main(arguments) == 3
    assert re.search(message, capsys.readouterr().err)


def test_serve_refuses_a_model_that_differs_from_its_card(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    deploy(tmp_path, a_card(b"model"), b"modem")
    assert main(["serve", "--models-dir", str(tmp_path), "--default-model", "tiny"]) == 3
    assert re.search(r"tiny/1/model\.onnx: sha256 .*, but its card says", capsys.readouterr().err)


@pytest.mark.parametrize(
    ("environment", "status", "message"),
    [
        ({"DIGITGAN_THREADS": "x"}, 2, r"DIGITGAN_THREADS / --threads = 'x': must be an integer from 0 to 256"),
        ({"DIGITGAN_PROT": "1"}, 3, r"unknown settings: DIGITGAN_PROT \(did you mean DIGITGAN_PORT\?\)"),
    ],
)
def test_process_ends_with_one_line_and_the_right_status(
    environment: dict[str, str], status: int, message: str
) -> None:
    ended = run("serve", **environment)
    assert re.fullmatch(rf"digitgan: {message}.*\n", ended.stderr), ended.stderr
    assert (ended.returncode, ended.stdout) == (status, "")


def test_serve_names_an_occupied_port() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = run("serve", "--port", str(port))
    assert ended.returncode == 3
    assert without_events(ended.stderr) == f"digitgan: cannot listen on 127.0.0.1:{port}: Address already in use\n"
