"""Model folders in which bytes are changed or missing give an error that names the file.

Each test runs the real loader on a tiny real model.
"""

import json
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from functools import reduce
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitgan.cli.tree import main
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
GOLDEN = {"seed": 1, "label": None, "pixels_sha256": "0" * 64}
OPTIONS = ["--default-model", "tiny", "--threads", "1", "--batch-images", "2", "--provider", "cpu", "--port", "0"]
WHOLE_CARD = a_card(
    GRAPH,
    version="2",
    golden=[GOLDEN],
    history=[{"iteration": 1, "generator_loss": 0.5}],
    truncation_curve=[
        {"truncation": 1, "n_images": 1, "label_accuracy": None}
        | dict.fromkeys(("frechet_distance", "precision", "recall", "coverage"), 0.5)
    ],
    metrics={"recall": {"value": 0.5, "definition": "recall", "n_images": 10}},
    speed={"method": "once", "microseconds": {"1": 2.5}},
    teacher={"model": "tiny", "version": "1", "sha256": "0" * 64},
).model_dump_json()
VALUES: list[Any] = [
    *(None, True, -1, 0, 3, 2**31, 2**53, 2**63, 10**400, 0.5, -0.5, 1e308, float("nan"), float("inf")),
    *("", "7", "../up", "tiny\n", "\x1b[31m", "9" * 5000, "9999-12-31T23:59:59-14:00"),
    *([], {}, [[]], [None] * 300, {"": {}}, {"\n": 1}, {"y" * 10**5: 1}),
]


def places(value: Any) -> Iterator[tuple[Any, ...]]:
    """Yield the path of each value inside another."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, each in inside:
        yield (name,)
        yield from ((name, *rest) for rest in places(each))


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
    assert f"{CARD_FILE}: not a valid card of contract version 1: " in reason
    assert field in reason


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"golden": [GOLDEN | {"seed": -1}]}, "golden/0/seed: "),
        ({"golden": [GOLDEN | {"seed": 2**53}]}, "golden/0/seed: "),
        ({"golden": [GOLDEN | {"label": 0}]}, "golden/0/label must be null, since n_classes is 0, not 0"),
        ({"golden": [GOLDEN] * 257}, "golden: "),
        ({"style_size": 5}, "latent_size 4 is not 5, the sum of style_size and n_classes"),
        ({"style_size": 2, "n_classes": 1}, "latent_size 4 is not 3, the sum of style_size and n_classes"),
        ({"class_names": ["7"]}, "class_names has 1 names, but n_classes is 0"),
        ({"image_height": 2**20, "image_width": 2**20}, "image_height 1,048,576 x image_width 1,048,576 is more than"),
        ({"style_scale": float("nan")}, "not JSON: "),
        ({"metrics": {"recall": {"value": float("-inf"), "definition": ""}}}, "not JSON: "),
        ({"metrics": {"recall": {"value": "inf", "definition": ""}}}, "metrics/recall/value: "),
        ({"n_parameters": 10**400}, "n_parameters: "),
        ({"recipe": {"name": "mlp", "configuration": {"adam": [float("nan")]}}}, "not JSON: "),
    ],
)
def test_check_names_the_field_of_a_contradictory_card(
    models: Path, changes: dict[str, Any], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (models / "tiny" / "2" / CARD_FILE).write_text(json.dumps(json.loads(CARD) | changes))
    (models / "tiny" / "2" / MODEL_FILE).write_bytes(GRAPH)
    assert main(["check", *OPTIONS, "--models-dir", str(models)]) == 3
    [line] = capsys.readouterr().err.splitlines()
    assert f"tiny/2/{CARD_FILE}: not a valid card of contract version 1: {reason}" in line


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_check_ends_with_one_line_for_any_card(models: Path, data: st.DataObject) -> None:
    """Replace any value of a card, at any depth, by one that may be wrong there."""
    card = json.loads(WHOLE_CARD)
    *path, last = data.draw(st.sampled_from(list(places(card))))
    reduce(lambda part, name: part[name], path, card)[last] = data.draw(st.sampled_from(VALUES))
    (models / "tiny" / "2" / CARD_FILE).write_text(json.dumps(card))
    (models / "tiny" / "2" / MODEL_FILE).write_bytes(GRAPH)
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()) as stderr:
        status = main(["check", *OPTIONS, "--models-dir", str(models)])
    assert (status, stderr.getvalue().count("\n")) in [(0, 0), (3, 1)]
    assert len(stderr.getvalue()) < 2000
