"""The wheel in an empty folder: the commands and the service work as in the checkout."""

import gzip
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from PIL import Image

from digitgan import __version__
from tests.package.environments import TIMEOUT_S, Environment
from tests.processes import PATIENCE_S, Installation, serving

USER = """
import digitgan

digitgan.write("2026", seed=7).save("2026.png")
model: int = digitgan.load("digits")
digitgan.write(seed="7")
"""


@contextmanager
def requesting(environment: Environment, *options: str) -> Iterator[httpx.Client]:
    """Yield a client of the service, which must end in order at SIGTERM."""
    command = [str(environment.python.with_name("digitgan"))]
    with serving(*options, of=Installation(command, environment.work, environment.environ())) as service:
        with httpx.Client(base_url=service.url, timeout=PATIENCE_S) as client:
            yield client
        assert service.end() == 0, service.log


def test_write_gives_the_bytes_of_the_checkout(stranger: Environment, expected: bytes) -> None:
    written = stranger.run("digitgan", "write", "2026", "--seed", "7", "-o", "2026.png")
    assert written.stderr == b""
    assert (stranger.work / "2026.png").read_bytes() == expected


def test_program_writes_the_bytes_of_the_checkout(stranger: Environment, expected: bytes) -> None:
    stranger.run("python", "-c", 'import digitgan; digitgan.write("2026", seed=7).save("by program.png")')
    assert (stranger.work / "by program.png").read_bytes() == expected


def test_write_draws_in_the_terminal_and_leaves_no_file(stranger: Environment) -> None:
    before = {*stranger.work.iterdir()}
    drawn = stranger.run("digitgan", "write", "2026")
    assert re.search(r"[-:=+*#%@]{2}", drawn.stdout.decode())
    assert {*stranger.work.iterdir()} == before


def test_dataset_is_written_in_the_format_of_mnist(stranger: Environment) -> None:
    stranger.run("digitgan", "dataset", "--count", "100", "-o", "mnist/")
    images = gzip.decompress((stranger.work / "mnist" / "train-images-idx3-ubyte.gz").read_bytes())
    assert len(images) == 16 + 100 * 28 * 28


def test_check_finds_every_model_of_the_package_as_it_was_exported(stranger: Environment) -> None:
    report = json.loads(stranger.run("digitgan", "check", "--port", "0", "--json").stdout)
    assert {each["model"]: each["reproduces_card"] for each in report["models"]} == dict.fromkeys(
        ("digits", "digits-int8", "digits-small", "mlp"), True
    )


def test_completion_completes_the_commands(stranger: Environment) -> None:
    script = stranger.run("digitgan", "completion", "bash").stdout.decode()
    program = f"{script}\nCOMP_WORDS=(digitgan wri) COMP_CWORD=1; _digitgan_completion digitgan; echo ${{COMPREPLY[@]}}"
    command = ["bash", "-c", program]
    shown = subprocess.run(command, env=stranger.environ(), capture_output=True, check=True, timeout=TIMEOUT_S)
    assert shown.stdout == b"write\n"


def test_package_is_the_only_one_that_can_be_imported(stranger: Environment) -> None:
    program = """if True:
        from importlib.util import find_spec
        import digitgan
        print(digitgan.__version__, *filter(find_spec, ("service", "training", "exported", "tests")))
    """
    assert stranger.run("python", "-c", program).stdout.decode() == f"{__version__} \n".replace(" \n", "\n")
    assert stranger.run("python", "-m", "digitgan", "--version").stdout.decode() == f"digitgan {__version__}\n"


def test_type_checker_sees_the_types_of_the_package(stranger: Environment) -> None:
    (stranger.work / "user.py").write_text(USER)
    command = [sys.executable, "-m", "mypy", "--strict", "--python-executable", str(stranger.python), "user.py"]
    variables = stranger.environ(MYPY_CACHE_DIR="mypy")
    told = subprocess.run(
        command, cwd=stranger.work, env=variables, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    found = re.findall(r"^user\.py:(\d+): error: .*\[([\w-]+)\]$", told.stdout, re.MULTILINE)
    assert {*found} == {("5", "assignment"), ("6", "call-arg"), ("6", "arg-type")}, told


@pytest.mark.parametrize("workers", [1, 2])
def test_service_answers_with_the_page_pictures_and_documentation(
    stranger: Environment, expected: bytes, workers: int
) -> None:
    with requesting(stranger, "--workers", str(workers)) as client:
        page = client.get("/").raise_for_status().text
        for place in (*re.findall(r'(?:src|href)="(page/[^"]+)"', page), "openapi.json", "docs", "health/ready"):
            assert client.get(f"/{place}").raise_for_status().content, place
        assert "page/" in page
        seven = client.get("/digits/7/1.png").raise_for_status().content
        assert Image.open(io.BytesIO(seven)).size == (28, 28)
        body = {"seeds": 7, "digits": "2026"}
        answer = client.post("/generate", json=body, headers={"accept": "image/png"}).raise_for_status()
        assert answer.content == expected
