"""What several clients need."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.programs import skip_without

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that has the packages of npm."""
    npm = skip_without("npm", shows="clients in JavaScript")
    folder = tmp_path_factory.mktemp("npm")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder)
    subprocess.run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], cwd=folder, check=True)
    return folder
