"""Knows the one state that readiness has. Does not know who asks."""

import pytest

from digitgan.contract.errors import Draining
from service.readiness import Readiness


def test_it_is_ready_until_that_is_withdrawn() -> None:
    readiness = Readiness()
    readiness.check()
    readiness.withdraw()
    with pytest.raises(Draining):
        readiness.check()
