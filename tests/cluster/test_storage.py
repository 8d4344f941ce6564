"""`dataset` fills a folder of object storage: a real server that speaks S3, which pyarrow reaches by loopback."""

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from digitgan.cli.exits import FAILED, USAGE
from digitgan.dataset.store import open_store
from tests.cluster.storage import CREDENTIALS, Storage, storing
from tests.gateway import free_ports
from tests.processes import ROOT, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

COUNT, SHARD_IMAGES = 4950, 100
N_EARLY = 5  # shards that exist before a command is killed


@pytest.fixture(scope="module")
def storage(moto_python: Path) -> Iterator[Storage]:
    [port] = free_ports(1)
    with storing(moto_python, "127.0.0.1", port) as storage:
        yield storage


def start(storage: Storage, folder: str, *options: str, **variables: str) -> "subprocess.Popen[str]":
    """Start a command that fills a folder of the bucket, or of this machine."""
    command = [sys.executable, "-m", "digitgan", "dataset", "--json", "-o", folder]
    command += [f"--count={COUNT}", f"--shard-images={SHARD_IMAGES}", *options]
    environment = {**os.environ, **storage.where, **CREDENTIALS, **variables}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=pipe, stderr=pipe, text=True)


def fill(storage: Storage, folder: str, *options: str, **variables: str) -> tuple[int, str, str]:
    """Return how a command ended, and what it printed to stdout and stderr."""
    process = start(storage, folder, *options, **variables)
    printed, errors = process.communicate()
    assert CREDENTIALS["AWS_SECRET_ACCESS_KEY"] not in printed + errors
    return process.returncode, printed, errors


def done(storage: Storage, folder: str, *options: str) -> dict[str, Any]:
    """Return what a command that succeeded says."""
    status, printed, errors = fill(storage, folder, *options)
    assert (status, errors) == (0, "")
    about: dict[str, Any] = json.loads(printed)
    return about


@pytest.fixture(scope="module")
def here(storage: Storage, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return the checksum of each file of the same data set in a folder of this machine."""
    folder = tmp_path_factory.mktemp("here") / "out"
    done(storage, f"{folder}/")
    return {each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in folder.iterdir()}


def test_killed_command_goes_on_and_the_files_are_those_of_a_local_folder(
    storage: Storage, here: dict[str, str]
) -> None:
    process = start(storage, "s3://bucket/killed")
    wait_until(lambda: len(storage.shards("killed")) >= N_EARLY)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    before = storage.shards("killed")

    about = done(storage, "s3://bucket/killed", "--workers=2")
    assert len(before) - 1 <= about["kept"] < about["shards"] == 50, "one may not have its checksum yet"
    written = storage.n_versions("killed")
    assert sum(written[name] == 1 for name in before) == about["kept"]
    assert storage.sums("killed") == here


def test_manifest_is_what_sha256sum_checks(storage: Storage, here: dict[str, str], tmp_path: Path) -> None:
    done(storage, "s3://bucket/checked/")
    for name in storage.objects("checked"):
        (tmp_path / name).write_bytes(storage.read(f"checked/{name}"))
    checked = subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=tmp_path, capture_output=True)
    assert checked.stdout.count(b": OK") == 50, checked
    about = json.loads((tmp_path / "dataset.json").read_text())
    assert (about["count"], about["shard_images"]) == (COUNT, SHARD_IMAGES)
    assert not [value for value in (*storage.where.values(), *CREDENTIALS.values()) if value in str(about)]


def test_shard_is_the_answer_to_its_spec(storage: Storage, here: dict[str, str], service: httpx.Client) -> None:
    done(storage, "s3://bucket/answer")
    body = {"count": SHARD_IMAGES, "seed": 7 * SHARD_IMAGES}
    answer = service.post("/dataset", json=body, headers={"accept": "application/vnd.apache.parquet"})
    assert answer.raise_for_status().content == storage.read("answer/train-00007-of-00050.parquet")


def test_shards_that_are_lost_or_cut_off_are_made_again(storage: Storage, here: dict[str, str]) -> None:
    done(storage, "s3://bucket/damaged")
    storage.write("damaged/train-00003-of-00050.parquet", None)
    cut = storage.read("damaged/train-00004-of-00050.parquet")[:-1]
    storage.write("damaged/train-00004-of-00050.parquet", cut)
    assert done(storage, "s3://bucket/damaged")["kept"] == 48
    assert storage.sums("damaged") == here


def test_object_of_several_parts_has_the_same_bytes(storage: Storage) -> None:
    content = os.urandom(25_000_000)
    address = f"s3://{':'.join(CREDENTIALS.values())}@bucket/parts"
    query = f"?endpoint_override={storage.where['AWS_ENDPOINT_URL']}&region=us-east-1"
    open_store(address + query).write("large", content)
    assert storage.read("parts/large") == content


def test_other_contents_and_a_missing_bucket_are_refused(storage: Storage) -> None:
    storage.write("foreign/notes.txt", b"mine")
    done(storage, "s3://bucket/other")
    for folder, options, expected in (
        ("foreign", (), "the folder s3://bucket/foreign is not empty and contains no data set"),
        ("other", ("--seed=5",), "the folder s3://bucket/other contains a different data set: seed is 0, not 5"),
    ):
        assert fill(storage, f"s3://bucket/{folder}", *options) == (USAGE, "", f"digitgan: -o: {expected}\n")
    assert storage.objects("foreign") == {"notes.txt"}
    missing = "digitgan: -o: s3://no-bucket/x: there is no bucket 'no-bucket'; create it first\n"
    assert fill(storage, "s3://no-bucket/x") == (USAGE, "", missing)


def test_lack_of_permission_is_said_without_secrets(moto_python: Path) -> None:
    [port] = free_ports(1)
    checks = {"INITIAL_NO_AUTH_ACTION_COUNT": "2"}  # those that make the bucket; no user exists after them
    with storing(moto_python, "127.0.0.1", port, variables=checks) as storage:
        status, _, errors = fill(storage, "s3://bucket/many")
        secret = f"s3://{':'.join(CREDENTIALS.values())}@bucket/many"
        assert fill(storage, secret) == (status, "", errors)
    expected = "no permission; check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
    assert (status, errors) == (USAGE, f"digitgan: -o: s3://bucket/many: {expected}\n")


def test_storage_that_goes_away_ends_the_command_with_the_name_of_a_file(moto_python: Path) -> None:
    [port] = free_ports(1)
    with storing(moto_python, "127.0.0.1", port) as storage:
        process = start(storage, "s3://bucket/many")
        wait_until(lambda: storage.shards("many"))
    _, errors = process.communicate()
    assert process.returncode == FAILED
    assert re.fullmatch(r"digitgan: s3://bucket/many/[\w.-]+: no answer: .*\n", errors)
