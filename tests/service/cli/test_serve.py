"""Knows what an operator sees on the command line. Does not know models."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from service.command_line import settings_page
from service.command_line.cli import main

from tests.cards import a_card, deploy

ROOT = Path(__file__).parents[3]


def run(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "service", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


def status(arguments: Sequence[str]) -> int:
    """Return the exit status of a command line in this process."""
    try:
        return main(arguments)
    except SystemExit as left:
        return int(left.code or 0)


def test_help_names_every_flag_with_its_default_and_variable(capsys: pytest.CaptureFixture[str]) -> None:
    assert status(["serve", "--help"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    for row in settings_page.rows():
        assert re.search(rf"{row.flag} ([A-Z]+|{{[a-z,]+}}) ", text), row.name
        assert f"{row.meaning} (default: {row.default}; environment: {row.variable})" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], r"usage: .* command(?s:.*)answer HTTP requests(?s:.*)examples:"),
        (["serve", "--prot", "1"], r"unrecognized arguments: --prot"),
        (["serve", "--port", "70000"], r"DIGITGAN_PORT / --port = '70000': .*less than or equal to 65535"),
        (["serve", "--provider", "tpu"], r"--provider = 'tpu': .*'auto', 'cpu', 'cuda', 'tensorrt' or 'openvino'"),
    ],
)
def test_wrong_usage_is_named_with_what_is_allowed(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert status(arguments) == 2
    assert re.search(message, capsys.readouterr().err)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["serve", "--models-dir", "nowhere"], r"the models folder nowhere does not exist"),
        (["serve", "--default-model", "letters"], r"the default model 'letters' is not among"),
    ],
)
def test_what_keeps_the_service_from_starting_is_said(
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert status(arguments) == 3
    assert re.search(message, capsys.readouterr().err)


def test_a_model_that_is_not_its_cards_keeps_the_service_from_starting(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    deploy(tmp_path, a_card(b"model"), b"modem")
    assert status(["serve", "--models-dir", str(tmp_path), "--default-model", "tiny"]) == 3
    assert re.search(r"tiny/1/model\.onnx: sha256 .*, but its card says", capsys.readouterr().err)


@pytest.mark.parametrize(
    ("environment", "status", "message"),
    [
        ({"DIGITGAN_THREADS": "x"}, 2, r"DIGITGAN_THREADS / --threads = 'x': .*valid integer"),
        ({"DIGITGAN_PROT": "1"}, 3, r"no such setting: DIGITGAN_PROT; there is .*DIGITGAN_PORT"),
    ],
)
def test_a_process_says_in_one_line_why_it_ends_and_ends_with_the_right_status(
    environment: dict[str, str], status: int, message: str
) -> None:
    ended = run("serve", **environment)
    assert re.fullmatch(rf"digitgan: {message}.*\n", ended.stderr), ended.stderr
    assert (ended.returncode, ended.stdout) == (status, "")


def test_an_occupied_port_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = run("serve", "--port", str(port))
    assert ended.returncode == 3
    assert re.search(rf"\('127\.0\.0\.1', {port}\): address already in use", ended.stderr)
    assert "Traceback" not in ended.stderr
