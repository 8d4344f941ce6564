"""Simulate requests to replicas behind a gateway, run by run.

A replica has one processor that does one thing at a time: it runs what waits, in the order of the service's own queue,
and after each run it finishes the requests whose last image was made.
"""

import random
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import simpy

from digitgan.engine.queue import Queue

BATCH_IMAGES = 64
_WARM_UP = 0.2  # share of the requests that find the replicas less busy than later ones do

Balance = Literal["least", "random"]  # connections, as a gateway does; or as the kernel does among workers
Mix = dict[int, float]  # images of a request -> share of the requests


@dataclass(frozen=True)
class Costs:
    """Processor seconds of a run, of each row in it, of a request, and of each image in its answer."""

    run_s: float
    row_s: float
    request_s: float
    image_s: float

    def lone_s(self, images: int) -> float:
        """Return the seconds of a lone request."""
        runs = -(-images // BATCH_IMAGES)
        return runs * self.run_s + images * (self.row_s + self.image_s) + self.request_s

    def times(self, factor: float) -> "Costs":
        """Return the costs on a processor that is slower by a factor."""
        return Costs(self.run_s * factor, self.row_s * factor, self.request_s * factor, self.image_s * factor)

    def of(self, mix: Mix) -> float:
        """Return the seconds of an average request that shares no run, which is the most that it can cost."""
        return sum(share * self.lone_s(images) for images, share in mix.items())

    def least_of(self, mix: Mix) -> float:
        """Return the seconds of an average request if every run is full, which is the least that it can cost."""
        image_s = self.run_s / BATCH_IMAGES + self.row_s + self.image_s
        return self.request_s + sum(share * images * image_s for images, share in mix.items())


@dataclass(eq=False)
class _Request:
    images: int
    arrived: float
    missing: int


@dataclass(eq=False)
class _Replica:
    queue: Queue[_Request]
    wakes: simpy.Event
    n_waiting: int = 0
    seconds: list[float] = field(default_factory=list)


def simulate(
    costs: Costs,
    mix: Mix,
    *,
    replicas: int,
    requests_per_s: float,
    n_requests: int,
    balance: Balance = "least",
    seed: int = 1,
) -> list[float]:
    """Return the seconds that requests took after the warm-up, in ascending order.

    Args:
        costs: costs of the work.
        mix: sizes of the requests, and the share of each.
        replicas: number of replicas, of one processor each.
        requests_per_s: rate at which requests arrive, independently of each other (a Poisson process).
        n_requests: number of requests.
        balance: how the replica of a request is chosen.
        seed: seed of the random numbers.
    """
    chance, world = random.Random(seed), simpy.Environment()
    pool = [_Replica(Queue(BATCH_IMAGES // 4), world.event()) for _ in range(replicas)]
    for replica in pool:
        world.process(_works(world, replica, costs))
    done = world.process(_arrive(world, pool, mix, requests_per_s, n_requests, balance, chance))
    world.run(done)
    world.run()  # until no request waits
    return sorted(taken for replica in pool for taken in replica.seconds)


def quantile(rising: Sequence[float], share: float) -> float:
    """Return the value that a share of the values does not exceed."""
    return rising[min(len(rising) - 1, int(share * len(rising)))]


def _arrive(
    world: simpy.Environment,
    pool: list[_Replica],
    mix: Mix,
    requests_per_s: float,
    n_requests: int,
    balance: Balance,
    chance: random.Random,
) -> Generator[simpy.Event, Any, None]:
    for number, images in enumerate(chance.choices(list(mix), list(mix.values()), k=n_requests)):
        yield world.timeout(chance.expovariate(requests_per_s))
        replica = chance.choice(pool)
        if balance == "least":
            replica = min(pool, key=lambda each: each.n_waiting)
        replica.n_waiting += 1
        is_counted = number >= _WARM_UP * n_requests
        replica.queue.put(_Request(images, world.now if is_counted else -1, images), images)
        if not replica.wakes.triggered:
            replica.wakes.succeed()


def _works(world: simpy.Environment, replica: _Replica, costs: Costs) -> Generator[simpy.Event, Any, None]:
    while True:
        if not replica.queue:
            replica.wakes = world.event()
            yield replica.wakes
        batch = replica.queue.take(BATCH_IMAGES)
        yield world.timeout(costs.run_s + costs.row_s * sum(each.stop - each.start for each in batch))
        for each in batch:
            request = each.request
            request.missing -= each.stop - each.start
            if not request.missing:
                yield world.timeout(costs.request_s + costs.image_s * request.images)
                replica.n_waiting -= 1
                if request.arrived >= 0:
                    replica.seconds.append(world.now - request.arrived)
