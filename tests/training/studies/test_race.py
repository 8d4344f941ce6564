import json
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import pytest

from digitgan.contract.card import read_card
from tests.commands import digitgan
from training.errors import RunRefused
from training.launch import launch
from training.run import Run
from training.studies import race
from training.studies.race import RaceResult, read_results, result_of, table, write_table

pytestmark = pytest.mark.long

SHORT = ("speedrun", "--recipe", "smoke", "--data", "sample", "--minutes", "0.01")
RESULT = RaceResult(
    recipe="smoke",
    seed=1,
    data="sample",
    minutes=0.01,
    cpu_minutes=0.0123,
    iterations=7,
    frechet_distance=3.0,
    floor=0.5,
    guard_frechet_distance=None,
    guard_floor=None,
    recall=0.25,
    label_accuracy=0.5,
)


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the options for a race whose runs are not watched and whose models are not scored."""
    monkeypatch.setattr(race, "launch", partial(launch, watches=False))
    monkeypatch.setattr(race, "_score", lambda race, run, minutes: replace(RESULT, seed=race.seed, minutes=minutes))
    return ["--runs", str(tmp_path / "runs"), "--to", str(tmp_path / "speed.jsonl")]


def test_race_trains_each_length_once_and_keeps_its_result(tmp_path: Path, places: list[str]) -> None:
    for _ in range(2):
        result = digitgan(*SHORT, *places)
        assert result.exit_code == 0, result.stderr
    run = Run(tmp_path / "runs" / "smoke" / "seed-1" / "0.01-minutes")
    assert len(run.read()["starts"]) == 1
    assert run.options().cpu_budget_s == pytest.approx(0.6)
    assert read_results(tmp_path / "speed.jsonl") == [RESULT]
    assert table([RESULT]) in result.stdout


def test_race_to_floors_ends_at_the_first_length_that_reaches_them(tmp_path: Path, places: list[str]) -> None:
    enough = digitgan(*SHORT, "--minutes", "5", "--to-floors", "6", *places)
    assert enough.exit_code == 0, enough.stderr
    assert not (tmp_path / "runs" / "smoke" / "seed-1" / "5-minutes").exists()
    result = digitgan(*SHORT, "--to-floors", "5.9", *places)
    assert result.exit_code == 1
    assert "no length reached 5.9 floors; give more --minutes" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["--minutes", "0"], 2, "--minutes: "),
        (["--minutes", "nan"], 2, "--minutes: "),
        (["--to-floors", "-1"], 2, "--to-floors: "),
        (["--recipe", "digit"], 2, "unknown recipe 'digit'"),
        (["--recipe", "stacked", "--data", "sample"], 1, "draws stacks"),
        (["--recipe", "digits-small", "--data", "sample"], 1, "needs a teacher"),
    ],
)
def test_race_refuses_nonsense_before_training(
    arguments: list[str], status: int, message: str, tmp_path: Path, places: list[str]
) -> None:
    result = digitgan("speedrun", *arguments, *places)
    assert result.exit_code == status
    assert message in result.stderr
    assert not (tmp_path / "runs").exists()


def test_result_of_a_card_has_its_floors(models_dir: Path) -> None:
    card = read_card(models_dir / "digits" / "1")
    result = result_of(card, "mnist", 43)
    assert f"{result.floors:.2f}" == "1.41"
    assert round(result.cpu_minutes) == 56
    with pytest.raises(RunRefused, match="no Frechet distance"):
        result_of(card.model_copy(update={"metrics": {}}), "mnist", 43)


def test_table_goes_between_the_marks_of_the_page_of_that_name(tmp_path: Path) -> None:
    page, results = tmp_path / "speed.md", tmp_path / "speed.jsonl"
    page.write_text("a\n<!-- speedrun: begin -->\nold\n<!-- speedrun: end -->\nb\n")
    results.write_text(json.dumps(asdict(RESULT)) + "\n")
    for _ in range(2):
        write_table(results)
        assert page.read_text() == (f"a\n<!-- speedrun: begin -->\n\n{table([RESULT])}\n\n<!-- speedrun: end -->\nb\n")
    assert "| sample | `smoke` | 1 | 0.0 | 7 | 6.00 |  | 0.250 | 50.00 % |" in page.read_text()
