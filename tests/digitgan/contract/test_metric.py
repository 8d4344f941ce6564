import pytest
from pydantic import ValidationError

from digitgan.contract.metric import Metric, ReaderScore

OLD = {"value": 0.5, "definition": "what", "floor": None, "margin": None, "floor_margin": None}
OLD |= {"n_images": 10, "n_draws": 1, "judge_sha256": None}


def test_metric_without_readers_is_written_as_before_there_were_any() -> None:
    assert Metric.model_validate(OLD).model_dump() == OLD


def test_metric_keeps_the_score_of_each_reader() -> None:
    readers = {"plain": ReaderScore(accuracy=0.9, floor=0.95, seed=1, n_steps=10)}
    metric = Metric(value=0.9, definition="what", readers=readers)
    assert Metric.model_validate_json(metric.model_dump_json()) == metric


@pytest.mark.parametrize("change", [{"accuracy": 1.1}, {"floor": -0.1}, {"n_steps": 0}, {"seed": -1}, {"name": "x"}])
def test_impossible_score_of_a_reader_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ReaderScore.model_validate({"accuracy": 0.9, "floor": 0.95, "seed": 1, "n_steps": 10} | change)
