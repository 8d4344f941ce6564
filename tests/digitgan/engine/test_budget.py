"""Taking bytes from a budget and giving them back."""

from digitgan.engine.budget import Budget


def test_budget_takes_up_to_its_limit_and_counts_refusals() -> None:
    budget = Budget(10)
    assert budget.take(4)
    assert budget.take(6)
    assert not budget.take(1)
    assert (budget.used_bytes, budget.n_refused) == (10, 1)
    budget.give_back(6)
    assert budget.take(1)


def test_budget_takes_more_than_its_limit_only_when_nothing_else_is_taken() -> None:
    budget = Budget(10)
    assert budget.take(11)
    assert not budget.take(1)
    budget.give_back(11)
    assert budget.take(1)
    assert not budget.take(11)


def test_budget_is_scarce_above_half_of_its_limit() -> None:
    budget = Budget(10)
    budget.take(5)
    assert not budget.is_scarce
    budget.take(1)
    assert budget.is_scarce
