"""The README's commands, run as they stand there against a live service."""

import base64
import io
import json
import os
import re
import subprocess
from pathlib import Path

import httpx
import pytest
from PIL import Image

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
CURLS = [block for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) if block.startswith("curl")]


def run(command: str, client: httpx.Client, folder: Path) -> str:
    here = f"{client.base_url.host}:{client.base_url.port}"
    environment = {**os.environ, "no_proxy": "*"}
    done = subprocess.run(
        ["bash", "-ec", command.replace("localhost:8000", here)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return done.stdout


def test_the_readme_opens_with_its_two_commands_and_two_curls() -> None:
    assert README.index("make serve") < README.index("make test") < README.index("curl") < README.index("## ")
    assert len(CURLS) == 2


def test_the_json_example_answers_three_pngs_of_the_labels_asked_for(service: httpx.Client, tmp_path: Path) -> None:
    answer = json.loads(run(CURLS[0], service, tmp_path))
    assert [(image["seed"], image["label"]) for image in answer["images"]] == [(1, 3), (2, 1), (3, 4)]
    for image in answer["images"]:
        picture = Image.open(io.BytesIO(base64.b64decode(image["png"])))
        assert (picture.format, picture.mode, picture.size) == ("PNG", "L", (28, 28))


def test_the_png_example_writes_a_sheet_of_ten_columns(service: httpx.Client, tmp_path: Path) -> None:
    run(CURLS[1], service, tmp_path)
    with Image.open(tmp_path / "sevens.png") as sheet:
        assert sheet.size == (2 * (10 * 30 + 2), 2 * (4 * 30 + 2))


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((?!http)([^)#]+)", README))))
def test_every_local_link_leads_somewhere(link: str) -> None:
    assert (Path(__file__).parents[2] / link).exists()
