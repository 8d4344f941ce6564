"""The wheel without its extras: every command says in one line how to install what it needs, and that works."""

import re
import shlex
import subprocess

import pytest

from tests.package.environments import TIMEOUT_S, Environment, without_checkout
from tests.package.test_installed import requesting

NEEDING_A_RUNTIME = """
write 7
write 2026 -o 2026.png
dataset --count 10 -o mnist/
dataset --count 10 -o digits.parquet
dataset --count 10 --shard-images 10 -o many/
dataset --count 10 --ray -o more/
check
serve --port 0
serve --port 0 --workers 2
serve --check
"""
NEEDING_PYTORCH = """
train smoke --data sample
run smoke --data sample
export run
variants model
history run --to model
adopt model.onnx --model mine
report run
sheet run
curves run
guide run
evaluate model.onnx
truncation model
calibrate
benchmark
judge plain --to judges
encoder model
map model
sweep --recipes mlp
few
stacks run
speedrun
"""


def lines(text: str) -> list[list[str]]:
    return [shlex.split(line) for line in text.strip().splitlines()]


def missing(environment: Environment, words: list[str]) -> str:
    """Return the command that a command names, in the one line with which it ends."""
    ended = environment.run("digitgan", *words, status=3)
    assert ended.stdout == b""
    found = re.fullmatch(
        r"digitgan: [^\n]* (?:needs [\w.]+; install it|install one) with: ([^\n]*)\n", ended.stderr.decode()
    )
    assert found, ended.stderr.decode()
    return found[1]


@pytest.fixture(scope="module")
def inputs(without_runtime: Environment) -> Environment:
    """Return the environment without a runtime, with inputs that exist."""
    (without_runtime.work / "model.onnx").touch()
    for name in ("run", "model"):
        (without_runtime.work / name).mkdir()
    return without_runtime


def test_commands_without_a_runtime_name_the_command_that_installs_one(inputs: Environment) -> None:
    pip = f"{shlex.quote(str(inputs.python))} -m pip install"
    assert {missing(inputs, words) for words in lines(NEEDING_PYTORCH)} == {f"{pip} 'digitgan[cpu,training]'"}
    [command] = {missing(inputs, words) for words in lines(NEEDING_A_RUNTIME)}
    assert command == f"{pip} 'digitgan[cpu]'"
    subprocess.run(command, shell=True, env=without_checkout(), check=True, capture_output=True, timeout=TIMEOUT_S)
    inputs.run("digitgan", "write", "2026", "-o", "2026.png")
    assert missing(inputs, ["train", "smoke"]).endswith(" 'digitgan[training]'")


def test_commands_of_training_are_all_tried(inputs: Environment) -> None:
    shown = inputs.run("digitgan", "--help").stdout.decode()
    section = re.search(r"^Training.*:\n((?:  .+\n)+)", shown, re.MULTILINE)
    assert section
    assert re.findall(r"^  (\w+)", section[1], re.MULTILINE) == [words[0] for words in lines(NEEDING_PYTORCH)]


def test_options_name_the_command_that_installs_their_packages(stranger: Environment) -> None:
    """This environment has no pip of its own."""
    uv = f"uv pip install --python {shlex.quote(str(stranger.python))}"
    for extra, options in (("ray", "--ray -o many/"), ("parquet", "--shard-images 10 -o s3://bucket/many")):
        assert missing(stranger, ["dataset", "--count", "10", *options.split()]) == f"{uv} 'digitgan[{extra}]'"
    assert missing(stranger, ["train", "smoke"]) == f"{uv} 'digitgan[training]'"
    traced = stranger.run(
        "digitgan", "serve", "--port", "0", status=3, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9"
    )
    assert traced.stderr.decode().endswith(f"install it with: {uv} 'digitgan[otel]'\n")


@pytest.mark.timeout(600)
def test_training_works_with_its_extra_and_serves_what_it_exports(trainer: Environment) -> None:
    trainer.run("digitgan", "run", "smoke", "--data", "sample", "--budget", "2s")
    trainer.run("digitgan", "sheet", "runs/smoke")
    needed = missing(trainer, ["train", "smoke", "--data", "sample", "--tensorboard"])
    assert needed.endswith(" 'digitgan[tensorboard]'")
    with requesting(trainer, "--models-dir", "exported", "--default-model", "smoke") as client:
        assert client.get("/models/smoke").raise_for_status().json()["version"] == "1"
        assert client.get("/digits/7/1.png").raise_for_status().headers["content-type"] == "image/png"
