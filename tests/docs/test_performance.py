"""Every sentence of the page on speed that draws on its tables says what the tables say, and so does that on GPUs."""

import re
from collections.abc import Callable
from math import ceil
from pathlib import Path

import pytest

from digitgan.contract.card import read_card
from digitgan.engine.settings import EngineSettings

BENCHMARKS = Path(__file__).parents[2] / "docs" / "benchmarks"
PAGE = (BENCHMARKS / "performance.md").read_text(encoding="utf-8")
RUNTIME = (BENCHMARKS / "runtime.md").read_text(encoding="utf-8")
GPU = (BENCHMARKS / "gpu.md").read_text(encoding="utf-8")
S1A, S1B, S2, S3, S4 = 0, 1, 2, 3, 5  # columns
FLOOR, ONE, TWO = "empty FastAPI endpoint, 1 process", "this service, 1 process", "this service, 2 processes"
CHAIN, TRITON = "in process, no HTTP, 2", "Triton (pytriton)"
WITH_OURS = [f"{each}, our seeds and PNGs" for each in ("FastAPI + torch", "FastAPI + onnxruntime", "LitServe", TRITON)]
PROCESSORS = 2  # of the machine, which 2 processes occupy


def rows(page: str) -> dict[str, list[str]]:
    """Return the cells of every table of a page by the first cell of their row; the first row of a name counts."""
    found: dict[str, list[str]] = {}
    for line in page.splitlines():
        if line.startswith("| "):
            first, *rest = (cell.strip() for cell in line.strip("|").split("|"))
            found.setdefault(first.strip("*`"), rest)
    return found


ROWS, RUNS, EXPECTED = rows(PAGE), rows(RUNTIME), rows(GPU)


def figure(row: str, column: int) -> float:
    """Return the first number of a cell."""
    return float(ROWS[row][column].split()[0].replace(",", ""))


def model_run_us() -> float:
    return float(RUNS["1"][1])


def cost_ms(row: str, column: int, images: int, processors: int) -> float:
    """Return the processor time of a request, for a row whose load occupies some processors."""
    return 1000 * images * processors / figure(row, column)


def empty_ms() -> float:
    return 1000 / figure(FLOOR, S1B)


def request_ms() -> tuple[float, float, float]:
    """Return what model runs, encoding and the event loop take of a request for 256 seeds."""
    found = re.search(
        r"model runs take ([\d.]+), PNG, base64 and JSON ([\d.]+), and the event loop ([\d.]+\d)", flat(PAGE)
    )
    assert found
    return float(found[1]), float(found[2]), float(found[3])


def flat(text: str) -> str:
    return " ".join(text.split())


SENTENCES: list[tuple[str, str, Callable[[], tuple[float, ...]]]] = [
    (
        PAGE,
        "the model run alone would take it to {:.1f} times the empty endpoint's time",
        lambda: (model_run_us() / 1000 / figure(FLOOR, S1A) + 1,),
    ),
    (
        PAGE,
        "The model run by itself takes {:.0f} microseconds ([the runtime's options](runtime.md))",
        lambda: (model_run_us(),),
    ),
    (
        PAGE,
        "That is {:.1f} times the empty endpoint's whole answer",
        lambda: (model_run_us() / 1000 / figure(FLOOR, S1A),),
    ),
    (
        PAGE,
        "This service takes {:.2f} ms more than an endpoint without batching",
        lambda: (figure(ONE, S1A) - figure(WITH_OURS[1], S1A),),
    ),
    (PAGE, "An answer of the empty endpoint costs {:.2f} ms of a processor", lambda: (empty_ms(),)),
    (
        PAGE,
        "A request of 16 seeds costs {:.2f} ms of a processor in the chain, and {:.2f} more for the empty endpoint: "
        "{:.2f} of the measured {:.2f}",
        lambda: (
            cost_ms(CHAIN, S2, 16, PROCESSORS),
            empty_ms(),
            cost_ms(CHAIN, S2, 16, PROCESSORS) + empty_ms(),
            cost_ms(TWO, S2, 16, PROCESSORS),
        ),
    ),
    (
        PAGE,
        "A request of 256 seeds takes {:.1f} ms in the chain and {:.1f} here",
        lambda: (cost_ms(CHAIN, S3, 256, PROCESSORS), cost_ms(TWO, S3, 256, PROCESSORS)),
    ),
    (
        PAGE,
        "Triton fills its batches and makes {:.1f} times as many images as with 8. This service already has full "
        "batches with 8 clients, and makes {:.1f} times as many",
        lambda: (figure(TRITON, S4) / figure(TRITON, S2), figure(TWO, S4) / figure(TWO, S2)),
    ),
    (
        PAGE,
        "the chain without any server makes only {:.1f} times as many images as the best of them",
        lambda: (figure(CHAIN, S3) / max(figure(each, S3) for each in WITH_OURS),),
    ),
    (PAGE, "A request takes {:.1f} ms of processor time.", lambda: (sum(request_ms()),)),
    (
        PAGE,
        "Together they take {:.0f} %.",
        lambda: (sum(float(row[1].strip("%")) for row in ROWS.values() if row[-1].endswith("%")),),
    ),
    (
        GPU,
        "{:.1f} of the {:.1f} ms of processor time are not the model run",
        lambda: (sum(request_ms()[1:]), sum(request_ms())),
    ),
    (GPU, "That is {:.1f} microseconds an image", lambda: (sum(request_ms()[1:]) / 256 * 1000,)),
    (
        GPU,
        "answers at most about {:,.0f} images/s",
        lambda: (round(256_000 / sum(request_ms()[1:]), -4),),
    ),
    (
        GPU,
        "For `mlp` it is {:,.0f} and at most {:,.0f}",
        lambda: (round(figure(TWO, S3), -3), round(PROCESSORS * 256_000 / sum(request_ms()[1:]), -4)),
    ),
]


@pytest.mark.parametrize(("page", "sentence", "figures"), SENTENCES, ids=[flat(text)[:40] for _, text, _ in SENTENCES])
def test_sentence_says_what_the_tables_say(page: str, sentence: str, figures: Callable[[], tuple[float, ...]]) -> None:
    assert sentence.format(*figures()) in flat(page), "the tables were measured anew: write the sentence as above"


def test_every_missed_target_has_its_reason() -> None:
    reasons = PAGE.partition("## Missed targets, and why")[2].partition("\n## ")[0]
    headings = " ".join(re.findall(r"\*\*(.*?)\*\*", flat(reasons)))
    ratios = {name: row for name, row in ROWS.items() if len(row) == 2 and row[1][:1] in "≤≥"}
    assert len(ratios) > 10
    for name, (measured, wanted) in ratios.items():
        bound = float(wanted.split()[1])
        is_met = float(measured) <= bound if wanted.startswith("≤") else float(measured) >= bound
        assert is_met or re.search(rf"(?<![\d.]){re.escape(f'{bound:g}')}(?![\d.])", headings), name


@pytest.mark.parametrize("gpu", ["T4", "A100", "L4"])
def test_expected_times_on_a_gpu_follow_from_the_cards(models_dir: Path, gpu: str) -> None:
    images = 1024
    peak = float(EXPECTED[gpu][0]) * 1e12
    for column, model in ((1, "mlp"), (2, "digits")):
        operations = 2 * images * (read_card(models_dir / model / "1").multiply_adds or 0)
        least, most = (operations / (share * peak) * 1000 for share in (0.4, 0.1))
        assert EXPECTED[gpu][column] == f"{least:.1f} to {most:.1f}", model
    fewest, greatest = (round(images * 1000 / each, -3) for each in (most, least))
    assert EXPECTED[gpu][3] == f"{fewest:,.0f} to {round(greatest, -4 if greatest > 1e6 else -3):,.0f}"


def test_advice_for_a_gpu_is_allowed_by_the_settings() -> None:
    advised = {
        row.removeprefix("DIGITGAN_").lower(): cells[0].strip("`")
        for row, cells in EXPECTED.items()
        if "DIGITGAN_" in row
    }
    settings = EngineSettings.from_environment(advised, {})
    assert settings.provider == "cuda"
    assert ceil(settings.queue_images / settings.batch_images) == 64
