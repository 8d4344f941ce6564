"""Model folders in which bytes are changed or missing give an error that names the file.

Each test runs the real loader on a tiny real model.
"""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitgan.contract.card import CARD_FILE, MODEL_FILE, Card
from digitgan.engine.onnx_backend import OnnxBackend
from digitgan.engine.repository import Repository
from tests.cards import a_card, deploy
from tests.graphs import a_graph

GRAPH = a_graph()
LARGEST = 1 << 20

Change = tuple[int, int]
changes = st.one_of(
    st.tuples(st.integers(0, LARGEST), st.just(-1)),  # cut off there
    st.tuples(st.integers(0, LARGEST), st.integers(1, 255)),  # bits flipped there
)


def changed(content: bytes, change: Change) -> bytes:
    at, bits = change[0] % len(content), change[1]
    if bits < 0:
        return content[:at]
    return content[:at] + bytes([content[at] ^ bits]) + content[at + 1 :]


def load(card: Card, content: bytes) -> OnnxBackend:
    return OnnxBackend(card, content, provider="cpu", threads=1, batch_images=2)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a models folder with a good version 1, and a version 2 for tests to damage."""
    folder = tmp_path_factory.mktemp("models")
    deploy(folder, a_card(GRAPH), GRAPH)
    deploy(folder, a_card(GRAPH, version="2"), GRAPH)
    return folder


CARD = a_card(GRAPH, version="2").model_dump_json().encode()


def look(models: Path, *, card: bytes = CARD, content: bytes = GRAPH) -> tuple[list[str], list[str]]:
    """Return the versions that are served if version 2 has these bytes, and why the others are refused."""
    folder = models / "tiny" / "2"
    (folder / CARD_FILE).write_bytes(card)
    (folder / MODEL_FILE).write_bytes(content)
    repository = Repository(models, load)
    versions = [each.card.version for each in repository.look("tiny", at_once=True)]
    return versions, [refused.reason for refused in repository.refused]


@given(changes)
@settings(max_examples=150, deadline=None)
def test_changed_model_file_is_refused_by_its_checksum(models: Path, change: Change) -> None:
    versions, [reason] = look(models, content=changed(GRAPH, change))
    assert versions == ["1"]
    assert f"tiny/2/{MODEL_FILE}: " in reason
    assert "its card says" in reason


@given(changes)
@settings(max_examples=150, deadline=None)
def test_changed_model_with_matching_card_is_refused_or_valid(models: Path, change: Change) -> None:
    content = changed(GRAPH, change)
    card = a_card(content or b"-", version="2").model_dump_json().encode()
    versions, reasons = look(models, card=card, content=content)
    assert (versions, len(reasons)) in [(["1"], 1), (["1", "2"], 0)]
    assert all("tiny/2" in reason for reason in reasons)


@given(changes)
@settings(max_examples=150, deadline=None)
def test_changed_card_is_refused_or_still_describes_the_file(models: Path, change: Change) -> None:
    versions, reasons = look(models, card=changed(CARD, change))
    assert (versions, len(reasons)) in [(["1"], 1), (["1", "2"], 0)]
    assert all("tiny/2" in reason for reason in reasons)


@pytest.mark.parametrize(
    "card",
    [b"", b"null", b"[" * 100_000, b'{"a":' * 100_000, b"\xff\xfe{", b"9" * 5000, b" " * (1 << 21)],
    ids=["empty", "null", "deep list", "deep object", "not UTF-8", "long number", "huge"],
)
def test_hostile_card_gives_a_short_error(models: Path, card: bytes) -> None:
    versions, [reason] = look(models, card=card)
    assert versions == ["1"]
    assert f"tiny/2/{CARD_FILE}: " in reason
    assert len(reason) < 2000


@pytest.mark.parametrize("field", ["latent_size", "image_height", "image_width", "n_classes"])
def test_card_with_an_impossible_size_is_refused_before_allocation(models: Path, field: str) -> None:
    versions, [reason] = look(models, card=json.dumps(json.loads(CARD) | {field: 10**15}).encode())
    assert versions == ["1"]
    assert "contract version 1 requires" in reason
