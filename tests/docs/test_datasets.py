"""The page of data sets at addresses, compared with what the service has."""

import pytest

from digitgan.dataset.about import TEXTS
from digitgan.dataset.files import FILES
from digitgan.dataset.spec import DatasetSpec
from tests.processes import ROOT

PAGE = (ROOT / "docs" / "datasets.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [*DatasetSpec.model_fields, *(each.removesuffix(".gz") for each in FILES), *TEXTS])
def test_page_explains_each_item_and_file(name: str) -> None:
    rows = [line.split("|")[1] for line in PAGE.splitlines() if line.startswith("|")]
    assert any(f"`{name}`" in row for row in rows)
