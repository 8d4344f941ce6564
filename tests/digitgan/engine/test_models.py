"""Knows that a table of models never changes, and what is found in it. Does not know how versions are loaded."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from digitgan.contract.errors import UnknownModel
from digitgan.engine.batcher import Batcher
from digitgan.engine.models import Models, Served
from tests.backends import EchoBackend
from tests.cards import a_card


def served(model: str, version: str) -> Served:
    backend = EchoBackend(a_card(model=model, version=version))
    return Served(backend, Batcher(backend, ThreadPoolExecutor(), 8, 8))


def test_versions_are_in_order_by_number_and_none_means_the_newest() -> None:
    models = Models([served("digits", "10"), served("mlp", "1"), served("digits", "9")])
    assert models.names == ["digits", "mlp"]
    assert models.versions("digits") == ["9", "10"]
    assert models.find("digits", None).backend.card.version == "10"
    assert models.find("digits", "9").backend.card.version == "9"


@pytest.mark.parametrize(("model", "version", "field"), [("letters", None, "model"), ("mlp", "2", "version")])
def test_what_is_not_there_is_named(model: str, version: str | None, field: str) -> None:
    with pytest.raises(UnknownModel) as refused:
        Models([served("mlp", "1")]).find(model, version)
    assert refused.value.field == field
