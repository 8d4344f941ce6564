"""The README's commands and programs, run unmodified against a live service."""

import base64
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from PIL import Image

from digitgan import __version__
from tests.programs import skip_without

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
OPENING = README.partition("\n## ")[0]
CURLS = [block for block in re.findall(r"```sh\n(.*?)```", OPENING, re.DOTALL) if block.startswith("curl")]
USE_IT_FROM = README.partition("\n## Use it from")[2].partition("\n## ")[0]
CLIENTS = re.findall(r"```(sh|python|js)\n(.*?)```", USE_IT_FROM, re.DOTALL)
NAMES = ["digitgan", "curl", "httpx", "fetch", "tritonclient", "openai", "huggingface_hub", "mcp"]
RUN_BY = {
    "sh": ["bash", "-ec"],
    "python": [sys.executable, "-c"],
    "js": ["node", "--input-type=module", "--eval"],
}


def run(command: str, client: httpx.Client, folder: Path, language: str = "sh") -> str:
    here = f"{client.base_url.host}:{client.base_url.port}"
    environment = {**os.environ, "no_proxy": "*"}
    done = subprocess.run(
        [*RUN_BY[language], re.sub("(localhost|127.0.0.1):8000", here, command)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=True,
    )
    return done.stdout


def test_readme_opens_with_one_command_then_make_then_curl() -> None:
    first, second = (README.index(f"\nuvx --from 'digitgan[cpu]' digitgan {command}") for command in ("write", "serve"))
    order = [first, second, *map(README.index, ("pipx", "\nmake serve", "\nmake test", "<p>", "\ncurl", "\n## "))]
    assert order == sorted(order)
    assert OPENING[:first].count("\n") < 8
    assert len(CURLS) == 2


def test_readme_names_the_wheel_of_this_version() -> None:
    assert {*re.findall(r"digitgan-(\d[^-]*)-", README)} == {__version__}


def test_json_example_returns_three_pngs_of_the_requested_labels(service: httpx.Client, tmp_path: Path) -> None:
    answer = json.loads(run(CURLS[1], service, tmp_path))
    assert [(image["seed"], image["label"]) for image in answer["images"]] == [(1, 3), (2, 1), (3, 4)]
    for image in answer["images"]:
        picture = Image.open(io.BytesIO(base64.b64decode(image["png"])))
        assert (picture.format, picture.mode, picture.size) == ("PNG", "L", (28, 28))


def test_png_example_writes_a_sheet_of_ten_columns(service: httpx.Client, tmp_path: Path) -> None:
    run(CURLS[0], service, tmp_path)
    with Image.open(tmp_path / "sevens.png") as sheet:
        assert sheet.size == (2 * (10 * 30 + 2), 2 * (4 * 30 + 2))


def test_clients_are_programs_of_at_most_five_lines() -> None:
    assert len(CLIENTS) == len(NAMES)
    for (_, program), name in zip(CLIENTS, NAMES, strict=True):
        assert name in program
        assert sum(map(bool, program.splitlines())) <= 5


@pytest.mark.parametrize(("language", "program"), CLIENTS, ids=NAMES)
def test_client_writes_the_picture_at_its_address(
    service: httpx.Client, tmp_path: Path, language: str, program: str
) -> None:
    if language == "js":
        skip_without("node", shows="the README's client in JavaScript")
    run(program, service, tmp_path, language)
    [written] = tmp_path.iterdir()
    is_in_ink = any(each in program for each in ("openai", "huggingface_hub", "mcp"))
    options = "ink=true&height=224&layout=natural" if is_in_ink else "scale=8"
    path = {"2026.png": f"/numbers/2026/7.png?{options}", "first.png": "/images/1.png"}[written.name]
    expected = service.get(path).raise_for_status().content
    if "huggingface_hub" in program:  # the client decodes the picture, and `save` encodes it again
        with Image.open(written) as picture, Image.open(io.BytesIO(expected)) as original:
            assert (picture.mode, picture.tobytes()) == (original.mode, original.tobytes())
    else:
        assert written.read_bytes() == expected


@pytest.mark.parametrize("link", sorted(set(re.findall(r"""(?:\]\(|src(?:set)?=")(?!http)([^)#"]+)""", README))))
def test_local_links_point_to_files(link: str) -> None:
    assert (Path(__file__).parents[2] / link).exists()
