"""No attack of the table hurts a replica of the shipped size."""

from collections.abc import Callable

import pytest

from tests.hostile.attacking import shortfalls_of
from tests.hostile.attacks import ATTACKS, Attack
from tests.hostile.replica import Replica

pytestmark = [pytest.mark.alone, pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.mark.parametrize("attack", ATTACKS, ids=[attack.title for attack in ATTACKS])
def test_replica_is_not_hurt_by(attack: Attack, fresh_replica: Callable[[], Replica]) -> None:
    assert not shortfalls_of(fresh_replica, attack)
