"""Phrases that messages of all rooms share."""

import pytest

from digitgan.contract.words import counted, describe_exit, unknown


@pytest.mark.parametrize(("n", "text"), [(0, "0 images"), (1, "1 image"), (1_024, "1,024 images")])
def test_counted_separates_thousands_and_has_a_singular(n: int, text: str) -> None:
    assert counted(n, "image") == text


def test_unknown_names_the_most_similar_one_or_all() -> None:
    assert unknown("field", "lables", ["seeds", "labels"]) == "no field 'lables'; did you mean 'labels'?"
    assert unknown("field", "colour", ["seeds", "labels"]) == "no field 'colour'; available fields: seeds, labels"


def test_a_long_unknown_name_is_shortened_without_looking_for_a_similar_one() -> None:
    assert unknown("field", "k" * 50_000, ["size"]) == f"no field '{'k' * 100}…'; available fields: size"


@pytest.mark.parametrize(
    ("exitcode", "text"), [(0, "status 0"), (3, "status 3"), (-9, "SIGKILL"), (-15, "SIGTERM"), (-40, "signal 40")]
)
def test_exit_is_described_by_status_or_signal(exitcode: int, text: str) -> None:
    assert describe_exit(exitcode) == text
