"""Knows that answers keep to the service's own description, for requests that are made from it by Schemathesis.

Does not know any path. Runs its command line, since the suite's own settings are not for its code.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from service.app import create_app
from service.settings import Settings
from tests.live import live


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("n_examples", [250])
def test_no_generated_request_finds_an_answer_that_is_not_described(models_dir: Path, n_examples: int) -> None:
    settings = Settings(models_dir=models_dir, max_body_bytes=64 * 1024, max_stream_images=500, threads=1)
    with live(create_app(settings)) as service:
        # That a body keeps to its schema does not make it possible: fields must fit each other, and the model.
        options = ["--exclude-checks", "positive_data_acceptance", "--max-examples", str(n_examples), "--seed", "1"]
        command = [str(Path(sys.executable).with_name("st")), "run", str(service.base_url.join("/openapi.json"))]
        found = subprocess.run(
            [*command, "--phases", "examples,fuzzing", *options],
            capture_output=True,
            text=True,
            check=False,
        )
    assert found.returncode == 0, found.stdout
