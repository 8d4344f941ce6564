"""A replica that tests share as long as it is as it was at the start."""

import sys
from collections.abc import Callable, Iterator

import pytest

if sys.platform == "linux":
    from tests.hostile.replica import Replica
else:  # processes are measured by what Linux says about them
    collect_ignore_glob = ["test_*.py"]


@pytest.fixture(scope="session")
def fresh_replica() -> Iterator[Callable[[], "Replica"]]:
    """Yield a function that returns a replica; another one if the last was killed or has grown."""
    running: list[Replica] = []

    def fresh() -> "Replica":
        if running and not running[0].is_fresh:
            running.pop().end()
        if not running:
            running.append(Replica())
        return running[0]

    yield fresh
    for replica in running:
        replica.end()
