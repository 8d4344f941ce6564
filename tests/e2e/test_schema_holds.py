"""Every answer matches the service's own description, for requests that Schemathesis generates from it.

Schemathesis runs by its command line, since the settings of this test suite are not for its code.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from service.app import create_app
from service.settings import Settings
from tests.live import live

pytestmark = pytest.mark.long

HERE = Path(__file__).parent


@pytest.mark.timeout(3600)  # the large run takes four minutes of one processor
@pytest.mark.parametrize(("n_each", "n_requests"), [(10, 1_500), pytest.param(250, 5_000, marks=pytest.mark.slow)])
def test_generated_requests_get_only_described_answers(
    models_dir: Path, tmp_path: Path, n_each: int, n_requests: int
) -> None:
    settings = Settings(models_dir=models_dir, max_body_bytes=64 * 1024, max_stream_images=1000, threads=1)
    with live(create_app(settings)) as service:
        command = [str(Path(sys.executable).with_name("st")), "--config-file", str(HERE / "schemathesis.toml"), "run"]
        found = subprocess.run(
            [*command, str(service.base_url.join("/openapi.json")), "--max-examples", str(n_each)],
            cwd=tmp_path,
            env=os.environ | {"SCHEMATHESIS_HOOKS": str(HERE / "fitting.py"), "no_proxy": "*"},
            capture_output=True,
            text=True,
            check=False,
        )
    assert found.returncode == 0, found.stdout
    counted = re.search(r"(\d+) generated", found.stdout)
    assert counted and int(counted[1]) >= n_requests, found.stdout
