from pathlib import Path

import pytest

from digitgan.contract.card import Metric
from digitgan.contract.metric import ReaderScore
from tests.cards import a_card, deploy
from tests.commands import digitgan
from training.benchmark.documents import with_short_table
from training.benchmark.figures import READER, ModelFigures
from training.benchmark.page import page, short_table

METRICS = {
    "frechet_distance": Metric(value=0.15, definition="", floor=0.1, margin=0.0123, floor_margin=0.004, n_draws=6),
    "precision": Metric(value=0.93, definition="", floor=0.9326),
    "label_accuracy": Metric(value=0.9971, definition="", floor=0.9955, margin=0.0004),
    "duplicates": Metric(value=0, definition="", floor=0),
    READER: Metric(
        value=0.991,
        definition="",
        floor=0.992,
        readers={
            "plain": ReaderScore(accuracy=0.9925, floor=0.993, seed=1, n_steps=9),
            "lenet-5": ReaderScore(accuracy=0.9895, floor=0.991, seed=1, n_steps=9),
        },
    ),
}
DIGITS = ModelFigures.of(a_card(model="digits", n_classes=10, metrics=METRICS))
FOREIGN = ModelFigures("elsewhere", {"duplicates": Metric(value=1234.5, definition="")}, None)


def row(text: str, name: str) -> list[str]:
    (line,) = (line for line in text.splitlines() if line.startswith(f"| {name} |"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_row_has_floor_figure_and_target_in_order() -> None:
    text = page([DIGITS])
    assert row(text, "Frechet distance") == [
        "Frechet distance",
        "0.1 +- 0.004",
        "0.15 +- 0.012 (1.50 floors)",
        "at most 1.05 floors: **missed**",
    ]
    assert row(text, "precision")[3] == "within 0.01 of real: met"
    assert row(text, "label accuracy") == [
        "label accuracy",
        "99.55 %",
        "99.71 % +- 0.04 %",
        "at least real minus 0.10 points: met",
    ]
    assert row(text, "recall")[2:] == ["", "within 0.012 of real: not measured"]
    assert row(text, "multiply adds")[2:] == ["24", "at most 5,000,000: met"]


def test_each_reader_has_a_row_with_real_generated_difference_and_target() -> None:
    text = page([DIGITS])
    assert row(text, "classifier accuracy score")[1:] == ["99.20 %", "99.10 %", ""]
    assert row(text, "reader plain")[1:] == ["99.30 %", "99.25 % (-0.05 points)", "within 0.05 points of real: met"]
    assert row(text, "reader lenet-5")[2:] == ["98.95 % (-0.15 points)", "within 0.05 points of real: **missed**"]
    assert row(text, "reader residual")[1:] == ["", "", "within 0.05 points of real: not measured"]


def test_model_without_targets_has_no_target_column() -> None:
    assert row(page([DIGITS, FOREIGN]), "score") == ["score", "real digits", "`digits`", "target", "`elsewhere`"]
    assert row(page([FOREIGN]), "duplicates") == ["duplicates", "", "1,234.5"]


def test_what_an_adopted_model_does_not_say_is_unknown() -> None:
    unknown = {"training": None, "multiply_adds": None, "n_parameters": None}
    text = page([ModelFigures.of(a_card(model="mine").model_copy(update=unknown))])
    assert row(text, "multiply adds")[2] == ""
    assert row(text, "`mine` 1")[1:5] == ["unknown"] * 4


def test_equal_figures_give_equal_pages() -> None:
    assert page([DIGITS, FOREIGN]) == page([DIGITS, FOREIGN])


def test_short_table_replaces_only_the_text_between_its_marks() -> None:
    before, after = "a\n<!-- models: figures -->\n", "<!-- /models: figures -->\nb\n"
    filled = with_short_table(f"{before}old{after}", [DIGITS])
    assert filled == f"{before}\n{short_table([DIGITS])}\n{after}"
    assert with_short_table(filled, [DIGITS]) == filled


def arguments(folder: Path) -> list[str]:
    places = {"--to": "page.md", "--readme": "README.md", "--served": "models", "--not-served": "others"}
    return [
        "benchmark",
        "--no-measure",
        *(str(part) for name, file in places.items() for part in (name, folder / file)),
    ]


def test_benchmark_command_writes_page_and_short_table(tmp_path: Path) -> None:
    deploy(tmp_path / "models", a_card(model="digits", metrics=METRICS))
    deploy(tmp_path / "others", a_card(model="dcgan"))
    (tmp_path / "README.md").write_text("<!-- models: figures -->\n<!-- /models: figures -->\n")
    result = digitgan(*arguments(tmp_path))
    assert result.exit_code == 0, result.stderr
    assert row((tmp_path / "page.md").read_text(), "score")[2:] == ["`digits`", "target", "`dcgan`"]
    assert row((tmp_path / "README.md").read_text(), "score")[2:] == ["`digits`"]


def test_card_without_its_file_stays_as_it_is_among_models_that_are_only_measured(tmp_path: Path) -> None:
    folder = deploy(tmp_path / "others", a_card(model="dcgan", n_classes=10, metrics=METRICS))
    (folder / "model.onnx").unlink()
    (tmp_path / "README.md").write_text("<!-- models: figures -->\n<!-- /models: figures -->\n")
    result = digitgan(*(each for each in arguments(tmp_path) if each != "--no-measure"))
    assert result.exit_code == 0, result.stderr
    assert row((tmp_path / "page.md").read_text(), "score")[2:] == ["`dcgan`"]


@pytest.mark.parametrize("content", [None, "no place\n"])
def test_readme_without_marks_is_refused_before_measuring(content: str | None, tmp_path: Path) -> None:
    if content:
        (tmp_path / "README.md").write_text(content)
    result = digitgan(*arguments(tmp_path))
    assert "are missing" in result.stderr
    assert not (tmp_path / "page.md").exists()


def test_benchmark_outside_a_checkout_compares_with_the_installed_models(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "README.md").write_text("mine\n")
    result = digitgan("benchmark", "--no-measure")
    assert (result.exit_code, result.stdout) == (0, "quality.md\n"), result.stderr
    assert "`digits`" in row((tmp_path / "quality.md").read_text(), "score")
    assert (tmp_path / "README.md").read_text() == "mine\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["README.md", "quality.md"]
