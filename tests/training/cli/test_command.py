"""What all commands of training share: how a signal ends them, and that they say what they are doing."""

import os
import signal
import time
from pathlib import Path

import click
import pytest

from training import stages
from training.cli.command import TrainingCommand
from training.revision import revised


@pytest.mark.parametrize(("which", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_signal_ends_a_command_without_temporary_files(which: signal.Signals, status: int, tmp_path: Path) -> None:
    version = tmp_path / "1"
    version.mkdir()
    (version / "card.json").write_text("{}")

    @click.command(cls=TrainingCommand, examples="{command}")
    def measure() -> None:
        with revised(version):
            assert len(list(tmp_path.iterdir())) == 2
            os.kill(os.getpid(), which)
            time.sleep(60)

    with pytest.raises(SystemExit) as ended:
        measure.main([], standalone_mode=False)
    assert ended.value.code == status
    assert list(tmp_path.iterdir()) == [version]
    assert signal.getsignal(which) is signal.SIG_DFL


def test_silent_command_tells_every_interval_that_it_works(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stages, "INTERVAL_S", 0.01)

    @click.command(cls=TrainingCommand, examples="{command}")
    def calibrate() -> None:
        time.sleep(0.3)

    calibrate.main([], prog_name="calibrate", standalone_mode=False)
    assert capsys.readouterr().err.splitlines()[0] == "digitgan: calibrate, 0:00"


def test_file_system_errors_name_the_file(tmp_path: Path) -> None:
    @click.command(cls=TrainingCommand, examples="{command}")
    def write() -> None:
        (tmp_path / "nowhere" / "file").touch()

    with pytest.raises(FileNotFoundError, match="nowhere"):
        write.main([], standalone_mode=False)
