import time
from contextlib import nullcontext

import pytest

from tests.processes import wait_until
from training import stages


def test_stages_are_told_at_intervals(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stages, "INTERVAL_S", 0.02)
    lines: list[str] = []

    def told(text: str) -> bool:
        lines.extend(capsys.readouterr().err.splitlines())
        return text in lines

    with stages.told("judge"):
        wait_until(lambda: told("digitgan: judge, 0:00"))
        stages.tell("step", "step 1 of 9")
        stages.tell("loss", "loss 0.5")
        stages.tell("step", "step 2 of 9")
        wait_until(lambda: told("digitgan: judge, 0:00, step 2 of 9, loss 0.5"))
    assert stages.summary() == ""


@pytest.mark.parametrize("rank", ["0", "1"])
def test_stages_are_not_told_beside_a_bar_or_by_other_processes(
    rank: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANK", rank)
    monkeypatch.setattr(stages, "INTERVAL_S", 0.001)
    with stages.shown() if rank == "0" else nullcontext(), stages.told("train"):
        time.sleep(0.05)
    assert capsys.readouterr().err == ""


def test_stages_are_forgotten_when_they_are_concluded() -> None:
    stages.conclude()  # what other tests in this process have told
    stages.tell("step", "step 1")
    assert stages.conclude() == "step 1"
    assert stages.conclude() == ""
