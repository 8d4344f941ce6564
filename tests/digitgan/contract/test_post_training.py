import pytest
from pydantic import ValidationError

from digitgan.contract.card import Card
from digitgan.contract.post_training import PostTrainingFacts
from tests.cards import a_card

FACTS = PostTrainingFacts(network_iterations=1400, iterations=600, wall_s=400.0, cpu_s=390.5)


def test_card_with_post_training_is_read_as_it_was_written() -> None:
    card = a_card()
    assert card.training is not None
    assert "post_training" not in card.model_dump_json()  # cards without it keep their bytes
    training = card.training.model_copy(update={"post_training": FACTS})
    other = card.model_copy(update={"training": training})
    assert Card.model_validate_json(other.model_dump_json()) == other


@pytest.mark.parametrize("change", [{"iterations": -1}, {"cpu_s": float("inf")}, {"loss": 1}], ids=str)
def test_wrong_facts_are_refused(change: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        PostTrainingFacts(**FACTS.model_dump() | change)
