"""A replica that tests share as long as it is as it was at the start."""

from collections.abc import Callable, Iterator

import pytest

from tests.hostile.replica import Replica


@pytest.fixture(scope="session")
def fresh_replica() -> Iterator[Callable[[], Replica]]:
    """Yield a function that returns a replica; another one if the last was killed or has grown."""
    running: list[Replica] = []

    def fresh() -> Replica:
        if running and not running[0].is_fresh:
            running.pop().end()
        if not running:
            running.append(Replica())
        return running[0]

    yield fresh
    for replica in running:
        replica.end()


@pytest.fixture
def replica(fresh_replica: Callable[[], Replica]) -> Replica:
    """Return a replica that is as it was at the start."""
    return fresh_replica()
