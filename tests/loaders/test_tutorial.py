"""The tutorial on data sets at addresses, run as one session: each program where its packages are."""

import re
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.docs.examples import RUNNABLE, check_outputs, examples, furnish, run
from tests.loaders.conftest import install_httpfs
from tests.programs import skip_without
from tests.recorder import Recorder

pytestmark = pytest.mark.slow

PAGE = "docs/tutorials/data-set-in-one-line.md"
EXAMPLES = [each for each in examples([PAGE]) if each.language in RUNNABLE]

# torch is in the environment of the tests, and all else in that of the loaders.
_PYTHON = """#!/bin/sh
if grep -q '^import digitgan\\|^from torchvision' "$1"; then
    PYTHONPATH="$PYTHONPATH:{torchvision}" exec {ours} "$@"
fi
exec {theirs} "$@"
"""


def test_tutorial_loads_data_sets_with_every_program(
    proxy: Recorder, loaders: Path, torchvision: Path, tmp_path: Path
) -> None:
    for program in ("curl", "wget"):
        skip_without(program, shows="the tutorial on data sets at addresses")
    environment = furnish(tmp_path)
    install_httpfs(loaders, tmp_path)
    python = tmp_path / ".venv" / "bin" / "python"
    python.write_text(_PYTHON.format(torchvision=torchvision, ours=sys.executable, theirs=loaders / "bin" / "python"))
    instead = {"localhost:8000": urlsplit(proxy.url).netloc, "count-60000": "count-1200"}
    printed = run(EXAMPLES, tmp_path, instead, environment, limit_s=240)
    check_outputs(PAGE, printed, instead | {"60000": "1200", "10000": "200"})
    assert "1200 200 (28, 28) 7" in printed
    assert printed.count(": OK") == 4
    assert "'8', '9'] 7 (28, 28)" in printed
    assert "1200 digits from 1 file" in printed
    assert "{0: 100, 1: 100," in printed
    assert re.search(r"│ 123456 ┆ 6 +┆ b\"\\x89PNG", printed)
    assert re.search(r"\[\(6, b'\\x89PNG", printed)
    assert re.search(r"epoch 2: loss \d\.\d\d", printed)
    assert "['" in printed.splitlines()[-1], "the record sets of Croissant"
    # The file of a million images has 900 MB, and each of two programs fetches one group of a thousand.
    million = [each for each in proxy.exchanges if "count-1000000," in each.path]
    assert 2e6 < sum(each.n_bytes for each in million) < 5e6
