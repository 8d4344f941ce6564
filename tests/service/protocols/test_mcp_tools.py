"""What the tools make at their limits."""

import asyncio
import base64
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from digitgan.contract.errors import InvalidPlan
from digitgan.engine.encoder import IMAGES_PER_PICTURE
from digitgan.engine.engine import Engine
from digitgan.engine.loading import open_engine
from digitgan.engine.settings import EngineSettings
from service.protocols import mcp_tools
from service.protocols.mcp_tools import MAX_FILE_BYTES, TOOLS, GenerateDigits, MakeDataset, ReadHand, Tool, WriteNumber
from tests.backends import EchoBackend
from tests.cards import a_card
from tests.handwriting import digits, file_of

SEVEN = next(image for image, label in zip(*digits(), strict=True) if label == 7)
LARGEST: list[Tool] = [
    WriteNumber(number="8" * 64, seed=1, height=400),
    WriteNumber(number="8" * 64, seed=1, layout="grid", height=512),
    WriteNumber(number="8" * 64, seed=1, ink=False, scale=8),
    GenerateDigits(labels=[8] * 100, seed=1, ink=True, height=379),
    GenerateDigits(labels=[8] * 100, seed=1, scale=8),
    MakeDataset(count=1000, seed=1),
    ReadHand(image=base64.b64encode(file_of(SEVEN)).decode()),
]


def call(tool: Tool, models_dir: Path, max_images: int = 1024) -> tuple[mcp_tools.ToolResult, list[int]]:
    """Call a tool, and return its result and the numbers of images that were counted."""
    counted: list[int] = []

    def charge(n_images: int) -> AbstractContextManager[None]:
        counted.append(n_images)
        return nullcontext()

    with open_engine(EngineSettings(models_dir=models_dir, threads=1), None, None) as engine:
        return asyncio.run(tool.call(engine, max_images, charge)), counted


@pytest.mark.parametrize("tool", LARGEST)
def test_largest_file_fits_in_what_clients_pass_on(tool: Tool, models_dir: Path) -> None:
    """The limits of the arguments are chosen so that no call of the default model makes a file that is refused."""
    assert {type(each) for each in LARGEST} == set(TOOLS.values())
    result, counted = call(tool, models_dir)
    assert len(result.content) * 4 / 3 < MAX_FILE_BYTES
    n_images = {"write_number": 64, "generate_digits": 100, "make_dataset": 1000, "read_hand": IMAGES_PER_PICTURE + 10}
    assert sum(counted) == n_images[tool.name]


@pytest.mark.parametrize(
    ("tool", "field"), [(LARGEST[0], "height"), (LARGEST[2], "scale"), (LARGEST[3], "height"), (LARGEST[5], "count")]
)
def test_larger_file_is_refused_by_the_argument_to_change(
    tool: Tool, field: str, models_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mcp_tools, "MAX_FILE_BYTES", 4_000)
    with pytest.raises(InvalidPlan, match=r"the file would have [\d,]+ bytes; at most 3,000 are allowed") as raised:
        call(tool, models_dir)
    assert raised.value.field == field


@pytest.mark.parametrize(
    ("tool", "field"),
    [
        (WriteNumber(number="8" * 64, height=500), "height"),
        (WriteNumber(number="8" * 64, layout="grid", height=513), "height"),
        (GenerateDigits(labels=[8] * 100, ink=True, height=380), "height"),
        (GenerateDigits(labels=[8], height=60), "height"),
        (WriteNumber(number="12", ink=False, layout="natural"), "layout"),
        (WriteNumber(number="12", gap=3), "gap"),
    ],
)
def test_picture_that_is_not_possible_is_refused_by_its_field(tool: Tool, field: str, models_dir: Path) -> None:
    with pytest.raises(InvalidPlan, match=r"the limit is 16,777,216|needs ink|without ink|natural layout") as raised:
        call(tool, models_dir)
    assert raised.value.field == field


@pytest.mark.parametrize(
    ("tool", "given", "said"),
    [
        (WriteNumber, {"number": "$5"}, "'\\$5' has '\\$'"),
        (WriteNumber, {"number": "12", "scale": 3}, "scale\n.*must be 1 with ink"),
        (GenerateDigits, {"labels": [1], "color": "octarine"}, "color\n.*no colour 'octarine'"),
    ],
)
def test_arguments_that_exclude_each_other_are_refused(tool: type[Tool], given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        tool(**given)


@pytest.mark.parametrize(
    ("tool", "said"),
    [
        (WriteNumber(number="12345"), "5 digits; at most 4"),
        (GenerateDigits(labels=[1] * 5), "5 digits; at most 4"),
        (MakeDataset(count=5), "5 images; at most 4"),
    ],
)
def test_limit_of_the_service_counts(tool: Tool, said: str, models_dir: Path) -> None:
    with pytest.raises(InvalidPlan, match=said):
        call(tool, models_dir, max_images=4)


def test_calls_are_shared_by_versions_with_weights_and_name_theirs() -> None:
    backends = [EchoBackend(a_card(version=version, n_classes=10)) for version in ("1", "2")]
    weights = {"tiny": {"1": 1, "2": 1}}
    engine = Engine(backends, default_model="tiny", batch_images=8, queue_images=8, weights=weights)
    calls = [WriteNumber(number="4", seed=seed).call(engine, 8, lambda _: nullcontext()) for seed in range(16)]
    made = [asyncio.run(each).about["version"] for each in calls]
    engine.close()
    assert set(made) == {"1", "2"}
    assert [backend.batches for backend in backends] == [[1] * made.count("1"), [1] * made.count("2")]
