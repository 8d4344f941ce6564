"""The guide builds without a warning and loads nothing from other hosts. Run `make docs` once before this test."""

import os
import re
import subprocess
from pathlib import Path

from tests.programs import skip_without

ROOT = Path(__file__).parents[2]


def test_guide_builds_strictly_and_loads_nothing_from_other_hosts(tmp_path: Path) -> None:
    mkdocs = skip_without("mkdocs", shows="that the guide can be built")
    built = subprocess.run(
        [mkdocs, "build", "--strict", "--site-dir", tmp_path],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    for page in tmp_path.rglob("*.html"):
        loaded = re.findall(r"<(?:script|link|img|iframe)\b[^>]*?(?:src|href)=\"?([^\"\s>]+)", page.read_text())
        assert not [url for url in loaded if re.match(r"(https?:)?//", url)], page
    assert "<math" in (tmp_path / "guide" / "what-a-gan-is.html").read_text()
