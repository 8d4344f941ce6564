"""`deploy/roll.sh` with the real stack: there and back without a lost request, and back again if it fails."""

import re
import threading
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from digitgan.contract.card import MODEL_FILE, read_card
from tests.cards import deploy
from tests.deploy import engine
from tests.deploy.engine import NEEDS_ENGINE, inspect
from tests.deploy.stack import DRAIN_S, GRACE_S, IMAGE, N_REPLICAS, Stack, of_any_version
from tests.load import load
from tests.processes import ROOT, wait_until

NEXT_IMAGE = "digitgan-test:next"
FAULTY_IMAGE = "digitgan-test:faulty"
PEACE = 20  # answers after which the stack is taken to work normally

pytestmark = NEEDS_ENGINE


@pytest.fixture(autouse=True)
def kept_settings(stack: Stack) -> Iterator[str]:
    """Start each test with the first image, and leave the settings as they were."""
    given = stack.settings.read_text()
    stack.compose("up", "--detach", "--wait", "--no-build", "--scale", f"service={N_REPLICAS}")
    yield given
    stack.settings.write_text(given)


def build(image: str, folder: Path, *instructions: str) -> None:
    """Build an image from the stack's first one."""
    (folder / "Dockerfile").write_text("\n".join([f"FROM {IMAGE}", *instructions]))
    engine.run("docker", "build", "--quiet", "--tag", image, str(folder))


def an_image_with_another_version(folder: Path) -> None:
    """Build the next image, with the model of digits-small as version 2 of digits."""
    source = ROOT / "exported" / "digits-small" / "1"
    card = read_card(source).model_copy(update={"model": "digits", "version": "2", "map": None})
    deploy(folder / "models", card, (source / MODEL_FILE).read_bytes())
    build(NEXT_IMAGE, folder, "COPY models /models")


def images(stack: Stack) -> list[str]:
    """Return the image of each replica."""
    return [inspect(replica, "{{.Config.Image}}") for replica in stack.replicas()]


def test_roll_and_back_lose_no_request_and_keep_the_image(stack: Stack, tmp_path: Path) -> None:
    an_image_with_another_version(tmp_path)
    pictures: defaultdict[str, set[tuple[str, ...]]] = defaultdict(set)

    def ask(client: httpx.Client) -> httpx.Response:
        answer = of_any_version(client)
        body = answer.json()
        pictures[body["version"]].add(tuple(image["png"] for image in body["images"]))
        return answer

    first = stack.replicas()
    with load(stack.url, ask) as tally:
        stack.run("deploy/roll.sh", DIGITGAN_IMAGE=NEXT_IMAGE)
        assert not set(first) & set(stack.replicas())
        while_rolling = {version: set(seen) for version, seen in pictures.items()}
        pictures.clear()
        stack.scale(N_REPLICAS + 1)  # without naming the image again
        assert images(stack) == [NEXT_IMAGE] * (N_REPLICAS + 1)
        before = tally.answered
        wait_until(lambda: tally.answered > before + PEACE)
        afterwards = dict(pictures)
        stack.run("deploy/roll.sh", "--back")
        assert images(stack) == [IMAGE] * (N_REPLICAS + 1)
        pictures.clear()
        before = tally.answered
        wait_until(lambda: tally.answered > before + PEACE)
    print(f"rolled to another version, scaled and back: {tally.answered} answers, {len(tally.failures)} failures")
    assert not tally.failures
    assert set(while_rolling) == {"1", "2"}
    assert (set(afterwards), set(pictures)) == ({"2"}, {"1"})
    assert all(len(seen) == 1 for seen in while_rolling.values()), "a version has one picture for a seed"
    assert while_rolling["1"].isdisjoint(while_rolling["2"])


def test_failed_roll_leaves_what_ran_and_removes_the_rest(stack: Stack, tmp_path: Path, kept_settings: str) -> None:
    build(FAULTY_IMAGE, tmp_path, "ENV DIGITGAN_MODELS_DIR=/nothing")
    first = stack.replicas()

    def fails(*said: str, **environment: str) -> None:
        ended = stack.attempt("deploy/roll.sh", **environment)
        assert ended.returncode == 1
        for each in (*said, f"{N_REPLICAS} replicas of {IMAGE} still run"):
            assert each in ended.stderr
        assert stack.replicas() == first

    with load(stack.url, of_any_version) as tally:
        fails("the models folder /nothing does not exist", DIGITGAN_IMAGE=FAULTY_IMAGE)
        fails("digitgan-test:absent", DIGITGAN_IMAGE="digitgan-test:absent")
        assert stack.settings.read_text() == kept_settings
        with stack.more_settings(DIGITGAN_WROKERS="2"):
            fails("DIGITGAN_WROKERS (did you mean DIGITGAN_WORKERS?)")
        before = tally.answered
        wait_until(lambda: tally.answered > before + PEACE)
    print(f"three rolls failed: {tally.answered} answers, {len(tally.failures)} failures")
    assert not tally.failures
    assert stack.attempt("deploy/roll.sh", "--back").returncode == 1  # there was no image before


def test_roll_names_the_stream_that_outlasts_the_grace(stack: Stack, kept_settings: str) -> None:
    first = stack.replicas()
    assert {inspect(replica, "{{.Config.StopTimeout}}") for replica in first} == {str(DRAIN_S + GRACE_S + 5)}
    begun = threading.Event()

    def read() -> None:
        """Read a stream of minutes as fast as it comes: of one that is not read, the gateway cannot log the end."""
        body = {"count": 100_000, "scale": 5}
        headers = {"Accept": "application/x-ndjson", "X-Request-Id": "outlasting"}
        with httpx.stream("POST", f"{stack.url}/generate", json=body, headers=headers, timeout=60) as stream:
            for _ in stream.iter_raw():
                begun.set()

    with ThreadPoolExecutor(1) as pool:
        reading = pool.submit(read)
        assert begun.wait(timeout=60)
        stack.settings.write_text(re.sub("DIGITGAN_IMAGE=.*\n", "", kept_settings))
        ended = stack.attempt("deploy/roll.sh", DIGITGAN_IMAGE=IMAGE)
        assert isinstance(reading.exception(timeout=60), httpx.RemoteProtocolError)
    assert (ended.returncode, ended.stderr.count('"request_id":"outlasting"')) == (0, 1), ended.stderr
    assert not set(first) & set(stack.replicas())
    assert f"\nDIGITGAN_IMAGE={IMAGE} " in stack.settings.read_text()  # it was only in the roll's environment
