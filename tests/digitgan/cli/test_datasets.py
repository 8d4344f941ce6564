"""What `dataset` does with shards, one command at a time. Clusters are in `tests/cluster`."""

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from time import monotonic

import pytest

from digitgan.cli.exits import COULD_NOT_START, FAILED, INTERRUPTED
from digitgan.cli.tree import main
from digitgan.dataset.selection import judge_sha256
from digitgan.installation import install_command
from tests.processes import ROOT, children, cpu_s, wait_until, waiting_s

pq = pytest.importorskip("pyarrow.parquet")


def contents(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir()}


def test_shards_hold_the_whole_data_set_in_its_order(tmp_path: Path) -> None:
    assert main(["dataset", "--count", "70", "--seed", "5", "--shard-images", "20", "-o", f"{tmp_path}/out/"]) == 0
    shards = sorted((tmp_path / "out").glob("*.parquet"))
    assert [pq.read_metadata(shard).num_rows for shard in shards] == [20, 20, 20, 10]
    tables = [pq.read_table(shard) for shard in shards]
    assert [seed for table in tables for seed in table["seed"].to_pylist()] == list(range(5, 75))
    assert [label for table in tables for label in table["label"].to_pylist()] == [*range(10)] * 7


def test_shard_has_the_bytes_of_a_data_set_of_its_seeds(tmp_path: Path) -> None:
    assert main(["dataset", "--count", "40", "--shard-images", "20", "-o", f"{tmp_path}/out/"]) == 0
    assert main(["dataset", "--count", "20", "--seed", "20", "-o", f"{tmp_path}/part.parquet"]) == 0
    assert (tmp_path / "out" / "train-00001-of-00002.parquet").read_bytes() == (tmp_path / "part.parquet").read_bytes()


def test_shards_of_chosen_images_are_parts_of_the_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["dataset", "--count", "60", "--verified", "--difficulty", "2", "--json", "-o"]
    assert main([*options, f"{tmp_path}/out/", "--shard-images", "20"]) == 0
    assert main([*options, f"{tmp_path}/whole.parquet"]) == 0
    sharded, whole = map(json.loads, capsys.readouterr().out.splitlines())
    assert sharded["selected"] == whole["selected"]
    tables = [pq.read_table(each) for each in sorted((tmp_path / "out").glob("*.parquet"))]
    images = pq.read_table(tmp_path / "whole.parquet")["image"].to_pylist()
    assert [image for table in tables for image in table["image"].to_pylist()] == images
    assert tables[0].column_names == ["image", "label"]  # the seeds that were taken are not known in advance
    described = json.loads((tmp_path / "out" / "dataset.json").read_text())
    lines = [json.loads(line) for line in (tmp_path / "out" / "selected.jsonl").read_text().splitlines()]
    assert [line["file"] for line in lines] == [f"train-{number:05}-of-00003.parquet" for number in range(3)]
    assert {name: sum(line[name] for line in lines) for name in whole["selected"]} == whole["selected"]
    (tmp_path / "out" / lines[1]["file"]).unlink()
    assert main([*options, f"{tmp_path}/out/", "--shard-images", "20"]) == 0
    resumed = json.loads(capsys.readouterr().out)
    assert resumed == sharded | {"kept": 2}
    assert [json.loads(line) for line in (tmp_path / "out" / "selected.jsonl").read_text().splitlines()] == lines
    assert (described["verified"], described["difficulty"], described["judge"]) == (True, 2, judge_sha256())


def test_shards_hold_more_images_than_one_request_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITGAN_MAX_STREAM_IMAGES", "20")
    assert main(["dataset", "--count", "50", "--shard-images", "20", "-o", f"{tmp_path}/out/"]) == 0
    assert len(list((tmp_path / "out").glob("*.parquet"))) == 3


def test_killed_run_is_resumed_with_the_same_bytes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["dataset", "--count", "3000", "--shard-images", "100", "--json", "-o"]
    out, whole = tmp_path / "out", tmp_path / "whole"
    command = [sys.executable, "-m", "digitgan", *options, f"{out}/"]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"NO_COLOR": "1"}, stderr=subprocess.DEVNULL)
    wait_until(lambda: len(list(out.glob("train-*"))) > 2)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    there = {each.name: each.stat().st_mtime_ns for each in out.glob("train-*")}

    assert main([*options, f"{out}/"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert 2 <= told["kept"] < told["shards"] == 30
    assert sum((out / name).stat().st_mtime_ns == then for name, then in there.items()) == told["kept"]
    assert main([*options, f"{whole}/"]) == 0
    assert json.loads(capsys.readouterr().out) == told | {"kept": 0, "file": str(whole)}
    assert contents(out) == contents(whole)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ["--shard-images", "15"],
            r"--shard-images: 15 images per shard; a positive multiple of 10 up to 100,000 is allowed",
        ),
        (["--shard-images", "0"], r"--shard-images: '0' is not an integer from 1 to"),
        (["--shard-images", "x"], r"--shard-images: 'x' is not an integer from 1 to"),
        (["--shard-images", "10", "--format", "idx"], r"--shard-images: shards are Parquet files in a folder"),
        (["--shard-images", "10", "-o", "one.parquet"], r"--shard-images: shards are Parquet files in a folder"),
        (["--shard-images", "10", "-o", "-"], r"--shard-images: shards are Parquet files in a folder"),
        (["--shard-images", "10", "--model", "mlp"], r"--model: model 'mlp' has no classes"),
        (["--shard-images", "10", "--model", "letters"], r"--model: .*'letters'"),
        (["--shard-images", "10", "-o", "tests/"], r"-o: the folder tests is not empty and contains no data set"),
        (["-o", "s3://bucket/many"], r"-o s3://: only shards go there; add --shard-images or --ray"),
        (["--shard-images", "10", "-o", "ftp://host/many"], r"-o: unknown scheme ftp://; allowed: s3, gs"),
        (["--ray", "--workers", "2"], r"--workers: with --ray, the cluster decides"),
        (["--workers", "0"], r"--workers: '0' is not an integer from 1 to 256"),
        (["--ray", "--format", "folders"], r"--ray: shards are Parquet files in a folder"),
    ],
)
def test_impossible_shards_are_a_usage_error_that_names_the_option(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, options: list[str], message: str
) -> None:
    status = main(["dataset", "--count", "100", "-o", f"{tmp_path}/out/", *options])
    printed = capsys.readouterr()
    assert (status, printed.out) == (2, "")
    assert re.search(message, printed.err), printed.err


@pytest.mark.skipif(find_spec("ray") is not None, reason="Ray is here")
def test_ray_option_names_the_extra_when_ray_is_missing(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["dataset", "--count", "100", "--ray", "-o", f"{tmp_path}/out/"]) == COULD_NOT_START
    assert capsys.readouterr().err == f"digitgan: --ray needs ray; install it with: {install_command('ray')}\n"


class Making:
    """A command in a session of its own that makes a large file with two workers, and has begun to write it."""

    def __init__(self, folder: Path) -> None:
        options = ["--count=100000", "--workers=2", f"--output={folder}/a.tar"]
        command = [sys.executable, "-m", "digitgan", "dataset", *options]
        self.process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, start_new_session=True)
        self._folder = folder
        self.wait_for_bytes(1_000_000)
        self.workers = [pid for pid in children(self.process.pid) if "spawn_main" in command_line(pid)]
        assert len(self.workers) == 2

    def wait_for_bytes(self, n: int) -> None:
        wait_until(lambda: any(each.stat().st_size > n for each in self._folder.iterdir()))

    def end(self) -> tuple[int, str]:
        """Wait until the command and its workers have ended, and return its status and what it wrote to stderr."""
        _, printed = self.process.communicate()
        wait_until(lambda: not any("spawn_main" in command_line(pid) for pid in self.workers))
        return self.process.returncode, printed


def command_line(pid: int) -> str:
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/cmdline").read_text()
    return ""


def test_workers_never_wait_for_work(tmp_path: Path) -> None:
    def at_work_s() -> list[float]:  # or ready to work, on a machine that is busy
        return [cpu_s(pid) + waiting_s(pid) for pid in making.workers]

    making = Making(tmp_path)
    before, started = at_work_s(), monotonic()
    making.wait_for_bytes(12_000_000)
    took_s = monotonic() - started
    shares = [(now - then) / took_s for now, then in zip(at_work_s(), before, strict=True)]
    making.process.kill()
    making.end()
    assert sum(shares) > 1.8, shares


def test_interrupt_of_a_terminal_ends_all_processes_and_leaves_nothing(tmp_path: Path) -> None:
    making = Making(tmp_path)
    os.killpg(making.process.pid, signal.SIGINT)
    assert making.end() == (INTERRUPTED, "")
    assert not list(tmp_path.iterdir())


def test_killed_worker_ends_the_command_and_leaves_nothing(tmp_path: Path) -> None:
    making = Making(tmp_path)
    os.kill(making.workers[0], signal.SIGKILL)
    status, printed = making.end()
    assert (status, printed) == (
        FAILED,
        f"digitgan: worker process {making.workers[0]} ended with SIGKILL, as when memory runs out; "
        "fewer --workers need less\n",
    )
    assert not list(tmp_path.iterdir())


def test_workers_end_when_their_command_is_killed(tmp_path: Path) -> None:
    making = Making(tmp_path)
    making.process.kill()
    assert making.end() == (-signal.SIGKILL, "")


def test_workers_fill_a_folder_with_the_same_bytes_and_resume(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["dataset", "--count", "1040", "--shard-images", "300", "--json", "-o"]
    assert main([*options, f"{tmp_path}/one/", "--workers", "1"]) == 0
    assert main([*options, f"{tmp_path}/two/", "--workers", "2"]) == 0
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    (tmp_path / "two" / "train-00001-of-00004.parquet").unlink()
    capsys.readouterr()
    assert main([*options, f"{tmp_path}/two/", "--workers", "2"]) == 0
    assert json.loads(capsys.readouterr().out)["kept"] == 3
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
