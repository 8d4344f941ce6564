"""Knows that a request understood is a value. Does not know how it is answered."""

from dataclasses import FrozenInstanceError

import pytest

from tests.digitgan.formats.pictures import asked, generated


def test_nothing_changes_it_on_its_way() -> None:
    request = asked(generated(1))
    assert not request.is_random
    with pytest.raises(FrozenInstanceError):
        request.is_random = True  # type: ignore[misc]
