"""Readiness, and its withdrawal."""

import pytest

from digitgan.contract.errors import Draining
from service.readiness import Readiness


def test_readiness_lasts_until_it_is_withdrawn() -> None:
    readiness = Readiness()
    readiness.check()
    readiness.withdraw()
    with pytest.raises(Draining):
        readiness.check()
