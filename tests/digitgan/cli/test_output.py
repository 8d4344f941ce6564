"""How a command shows its progress where stderr is no terminal."""

import re

import pytest

from digitgan.cli import output
from tests.processes import wait_until


def test_progress_in_a_log_is_lines_with_images_and_rate(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "_LINE_INTERVAL_S", 0.01)
    printed = ""

    def has_line() -> bool:
        nonlocal printed
        bar.update(500)
        printed += capsys.readouterr().err
        return bool(
            re.search(r"^digitgan: [\d,]+ of 1,000,000 images, +[\d.]+ images/s, [\d:]+ left$", printed, re.MULTILINE)
        )

    with output.progress(1_000_000, 2000) as bar:
        output.show_stage(bar, "starting")
        wait_until(has_line)
    assert "starting" not in printed
    assert "\r" not in printed


def test_progress_of_a_short_command_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with output.progress(1000) as bar:
        output.show_stage(bar, "starting")
        bar.unpause()
        bar.update(1000)
    assert capsys.readouterr().err == ""
