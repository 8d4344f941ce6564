"""The examples of docs/http.md, run unmodified against a live service."""

import re
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import httpx
import numpy as np
import pytest
from PIL import Image

from digitgan.formats.registry import FORMATS
from service.http.problems import PROBLEMS
from tests.docs.test_readme import run
from training.images.idx import read_idx

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "http.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
PROGRAMS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
NODE_PROGRAMS = re.findall(r"```js\n(.*?)```", TEXT, re.DOTALL)  # run by tests/clients/test_npm.py
PICTURES = {each.suffix for each in FORMATS if each.media_type.startswith("image/") and not each.is_vector}
FAILING_IS_AN_ERROR = 'curl() { command curl --fail "$@"; }\n'
THIS_DIGITGAN = f'digitgan() {{ PYTHONPATH={ROOT} {sys.executable} -m digitgan "$@"; }}\n'


@pytest.mark.parametrize("command", COMMANDS, ids=range(len(COMMANDS)))
def test_command_succeeds_and_writes_the_file_it_names(command: str, service: httpx.Client, tmp_path: Path) -> None:
    printed = run(FAILING_IS_AN_ERROR + THIS_DIGITGAN + command, service, tmp_path)
    for name in re.findall(r"-o (\S+)", command):
        path = tmp_path / name
        assert path.stat().st_size > 100
        if path.suffix in PICTURES:
            with Image.open(path) as image:
                image.load()
        if path.suffix == ".svg":
            assert ET.parse(path).getroot().attrib["viewBox"]
        if path.suffix == ".npy":
            assert np.load(path).shape == (1500, 28, 28)
    if "| tar x" in command:
        assert len(read_idx(tmp_path / "train-images-idx3-ubyte.gz")) == 1000
    if "inspect" in command:
        assert re.search(r"seeds +1\nlabels +7\n", printed)
    if "QUERY" in command:
        assert printed.endswith("304")


@pytest.mark.parametrize("program", PROGRAMS, ids=range(len(PROGRAMS)))
def test_program_of_a_client_writes_a_picture(program: str, service: httpx.Client, tmp_path: Path) -> None:
    assert sum(map(bool, program.splitlines())) <= 5
    printed = run(program, service, tmp_path, "python")
    if "stream=True" in program:
        [size] = set(re.findall(r" (\d+x224)\n", printed))
        assert printed == 3 * f"image_generation.partial_image {size}\n" + f"image_generation.completed {size}\n"
        return
    with Image.open(tmp_path / "42.png") as image:
        assert 1 < image.width / image.height < 2  # both digits, closer than squares


def test_error_table_lists_problems_with_their_statuses() -> None:
    rows = re.findall(r"^\| (\d{3}) \| (.+?) \|", TEXT, re.MULTILINE)
    listed = {slug: int(status) for status, slugs in rows for slug in re.findall(r"`([a-z-]+)`", slugs)}
    assert listed == {slug: PROBLEMS[slug].status for slug in listed}
    assert {problem.status for problem in PROBLEMS.values()} - set(listed.values()) == {405, 500}


def test_every_format_has_a_row_and_an_example() -> None:
    for media_type in {each.media_type for each in FORMATS}:
        assert f"`{media_type}`" in TEXT
        assert media_type == "application/json" or any(f"accept: {media_type}" in command for command in COMMANDS)
