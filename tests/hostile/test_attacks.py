"""No attack of the table hurts a replica of the shipped size."""

from collections.abc import Callable

import pytest

from tests.hostile.attacking import attacked
from tests.hostile.attacks import ATTACKS, Attack
from tests.hostile.replica import Replica

pytestmark = [pytest.mark.alone, pytest.mark.slow, pytest.mark.timeout(300)]

_TRIES = 3  # another program on this machine may delay one of them, an attack delays all


@pytest.mark.parametrize("attack", ATTACKS, ids=[attack.title for attack in ATTACKS])
def test_replica_is_not_hurt_by(attack: Attack, fresh_replica: Callable[[], Replica]) -> None:
    for _ in range(_TRIES):
        outcome = attacked(fresh_replica(), attack)
        print(f"{attack.title}: {outcome}")
        shortfalls = outcome.shortfalls(attack)
        if not any(each.startswith("stall") for each in shortfalls):
            break
    assert not shortfalls
