"""The table of model versions: its order, and what it finds."""

import pytest

from digitgan.contract.errors import UnknownModel
from digitgan.engine.versions import Versions


def table(*versions: tuple[str, str]) -> Versions[str]:
    return Versions((model, version, f"{model} {version}") for model, version in versions)


def test_versions_are_ordered_by_number_and_none_finds_the_newest() -> None:
    versions = table(("digits", "10"), ("mlp", "1"), ("digits", "9"))
    assert versions.models == ["digits", "mlp"]
    assert versions.versions("digits") == ["9", "10"]
    assert versions.items == ["digits 9", "digits 10", "mlp 1"]
    assert versions.find("digits", None) == "digits 10"
    assert versions.find("digits", "9") == "digits 9"


@pytest.mark.parametrize(
    ("model", "version", "field", "message"),
    [
        ("letters", None, "model", "^no model 'letters'; available models: digits, mlp$"),
        ("digits", "2", "version", "^model 'digits' has no version '2'; available versions: 9, 10$"),
    ],
)
def test_find_lists_what_is_available_when_nothing_matches(
    model: str, version: str | None, field: str, message: str
) -> None:
    with pytest.raises(UnknownModel, match=message) as refused:
        table(("digits", "9"), ("digits", "10"), ("mlp", "1")).find(model, version)
    assert refused.value.field == field


def test_versions_refuses_an_unknown_model() -> None:
    with pytest.raises(UnknownModel, match="no model 'letters'") as refused:
        table(("mlp", "1")).versions("letters")
    assert refused.value.field == "model"


def test_empty_table_has_no_models_and_no_items() -> None:
    assert (table().models, table().items) == ([], [])
