"""The sizes of images in docs/operations.md agree with each other; `tests/deploy` compares them with built images."""

import pytest

from tests.deploy.images import documented_mb
from tests.processes import ROOT


@pytest.mark.parametrize("row", ["size of the image `digitgan`", "target `training`"])
def test_size_of_an_image_is_the_sum_of_its_parts(row: str) -> None:
    total, *parts = documented_mb(row)
    assert total == sum(parts)


def test_decision_names_the_documented_size() -> None:
    _, _, *added = documented_mb("size of the image `digitgan`")
    decision = (ROOT / "docs" / "adr" / "0026-image.md").read_text(encoding="utf-8")
    assert f"The service adds {sum(added)} MB to its base" in decision
