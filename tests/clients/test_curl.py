"""Files as curl saves them under the names that the service gives."""

import subprocess
from pathlib import Path

import httpx
import pytest

from tests.processes import PATIENCE_S
from tests.programs import needs


@needs("curl", shows="curl")
@pytest.mark.parametrize(
    ("path", "body", "accept", "name"),
    [
        ("/dataset", '{"count": 20, "seed": 5}', "application/zip", "digits_dataset-20_seed-5.zip"),
        ("/dataset", '{"count": 20}', "application/x-tar", "digits_dataset-20_seed-0.tar"),
        ("/generate", '{"seeds": [1, 2]}', "application/jsonl", "digits_images-2_seed-1.jsonl"),
        ("/generate", '{"seeds": 1}', "image/png", "digits_seed-1.png"),
        ("/interpolate", '{"seeds": [1, 2], "steps": 3}', "image/gif", "digits_images-4.gif"),
        ("/digits/3/7.png", None, "*/*", "digits_seed-7_label-3.png"),
    ],
)
def test_curl_saves_a_file_under_a_sensible_name(
    service: httpx.Client, tmp_path: Path, path: str, body: str | None, accept: str, name: str
) -> None:
    command = ["curl", "-sOJ", "--fail", "-H", f"Accept: {accept}", str(service.base_url.join(path))]
    subprocess.run([*command, *(["--json", body] if body else [])], cwd=tmp_path, check=True, timeout=PATIENCE_S)
    [saved] = tmp_path.iterdir()
    assert saved.name == name
    assert saved.stat().st_size
