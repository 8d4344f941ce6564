"""Tests that lack a program are skipped with a line that says what is not shown, and fail where `CI` is set."""

import re

import pytest

from tests.processes import ROOT
from tests.programs import SOURCES, fail_instead_of_skipping, needs, skip_without

NOT_RUN_BY_CI = {"lighthouse"}
TARGETS = {
    "make docs": ".venv-docs/.installed",
    "make kubernetes": "kubernetes",
    "make test-loaders": ".venv-loaders/.installed",
    "npm ci": "node_modules/.installed",
}


def skipped(reason: str) -> pytest.TestReport:
    return pytest.TestReport("test", ("file", 1, "test"), {}, "skipped", ("file", 1, f"Skipped: {reason}"), "setup")


def test_missing_program_skips_and_says_what_is_not_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setattr("tests.programs.PATH", str(tmp_path))
    said = r"needs zsh \(apt install zsh\); not shown: completion"
    with pytest.raises(pytest.skip.Exception, match=said):
        skip_without("zsh", shows="completion")
    mark = needs("zsh", shows="completion").mark
    assert mark.args == (True,)
    assert re.fullmatch(said, mark.kwargs["reason"])


@pytest.mark.parametrize(
    ("ci", "reason", "outcome"),
    [
        ("", "needs zsh (apt install zsh); not shown: completion", "skipped"),
        ("true", "needs zsh (apt install zsh); not shown: completion", "failed"),
        ("true", "could not import 'pyarrow'", "failed"),
        ("true", "torch sees no CUDA device here", "skipped"),
        ("true", "needs 4 GiB of free memory; there are 3.1", "skipped"),
    ],
)
def test_only_what_ci_cannot_install_is_skipped_in_ci(
    monkeypatch: pytest.MonkeyPatch, ci: str, reason: str, outcome: str
) -> None:
    monkeypatch.setenv("CI", ci)
    assert fail_instead_of_skipping(skipped(reason)).outcome == outcome


def test_ci_installs_every_program() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    [made] = re.findall(r"^ *test\) make (.*) test ", script, re.MULTILINE)
    for program, source in SOURCES.items():
        if source in TARGETS:
            assert TARGETS[source] in made.split(), source
        elif program not in NOT_RUN_BY_CI:
            packages = source.removeprefix("apt install ").split()
            assert all(re.search(rf"needs {each}\b|missing\+=\({each}\)", script) for each in packages), source
