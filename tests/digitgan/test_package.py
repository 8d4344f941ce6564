"""`import digitgan`: what it loads, what it offers, and that type checkers know its types."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import digitgan
from tests.digitgan import typed_program
from tests.processes import ROOT

MYPY = """
[mypy]
strict = True
[mypy-torch.*]
follow_imports = skip
"""


def test_importing_the_package_loads_nothing_else_of_it() -> None:
    program = "import sys; before = set(sys.modules); import digitgan; print(*sorted(set(sys.modules) - before))"
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ended.stdout.split() == ["digitgan"]


def test_package_offers_its_public_names() -> None:
    assert set(digitgan.__all__) <= set(dir(digitgan))
    for name in {*digitgan.__all__} - {"__version__"}:
        assert getattr(digitgan, name).__module__.startswith("digitgan.")
    with pytest.raises(AttributeError, match="module 'digitgan' has no attribute 'draw'"):
        getattr(digitgan, "draw")  # noqa: B009 - type checkers would refuse the name


def test_a_users_program_does_what_its_types_say() -> None:
    typed_program.main()


@pytest.mark.slow
def test_type_checkers_know_the_types_without_the_settings_of_this_project(tmp_path: Path) -> None:
    (tmp_path / "mypy.ini").write_text(MYPY)
    shutil.copy(typed_program.__file__, tmp_path / "program.py")
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "program.py"],
        cwd=tmp_path,
        env=os.environ | {"MYPYPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "program.py:" not in checked.stdout
    assert not checked.stderr
