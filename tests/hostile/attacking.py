"""Sends an attack of the table to a replica and says how it fell short."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.hostile.attacks import Attack
from tests.hostile.clients import Answers, Reading, send
from tests.hostile.replica import LIMIT_MIB, Cost, Replica

_TRIES = 3  # another program on this machine may delay one of them, an attack delays all


@dataclass(slots=True)
class Outcome:
    """What an attack did.

    Attributes:
        cost: what it cost the replica.
        answers: its answers.
        beside_s: the seconds that the ordinary request beside it took; 0 without one.
    """

    cost: Cost
    answers: Answers
    beside_s: float = 0.0

    def shortfalls(self, attack: Attack) -> list[str]:
        """Return what differs from what is wanted, a phrase each; none if the replica was not hurt."""
        cost, statuses = self.cost, self.answers.statuses
        if not cost.is_alive:
            return ["killed for memory"]
        found = []
        if wrong := {status: n for status, n in statuses.items() if status not in attack.statuses}:
            found.append(f"answers {wrong}, wanted {sorted(attack.statuses)}")
        if cost.peak_mib > LIMIT_MIB or cost.above_mib > attack.above_mib:
            found.append(f"memory +{cost.above_mib:.0f} MiB, at most {attack.above_mib:.0f}")
        if cost.n_unanswered:
            found.append(f"/health/live unanswered {cost.n_unanswered} times")
        if cost.stall_ms > attack.stall_ms:
            found.append(f"stall {cost.stall_ms:.0f} ms, at most {attack.stall_ms:.0f}")
        if attack.cpu_ms is not None and (ms := 1000 * cost.cpu_s / attack.at_once) > attack.cpu_ms:
            found.append(f"{ms:.1f} ms of processor a request, at most {attack.cpu_ms:.0f}")
        if self.beside_s > attack.beside_s:
            found.append(f"an ordinary request took {self.beside_s:.1f} s, at most {attack.beside_s:.1f}")
        return found

    def __str__(self) -> str:
        statuses = ", ".join(f"{n} x {status or 'broken'}" for status, n in sorted(self.answers.statuses.items()))
        beside = f", beside it {self.beside_s:.2f} s" if self.beside_s else ""
        return f"{statuses or 'not read'}; {self.cost}{beside}"


def attacked(replica: Replica, attack: Attack) -> Outcome:
    """Send an attack, wait until the replica has dealt with it, and return what it did."""
    beside_s = 0.0

    def hold() -> None:
        nonlocal beside_s
        if attack.request.reading is not Reading.ALL:
            replica.settle()
        if attack.beside:
            found = send(replica, [attack.beside])
            beside_s = found.took_s[0] if found.statuses == {200: 1} else float("inf")

    with replica.measured() as cost:
        answers = send(replica, [attack.request] * attack.at_once, hold)
    return Outcome(cost, answers, beside_s)


def shortfalls_of(fresh: Callable[[], Replica], attack: Attack) -> list[str]:
    """Return how replicas fell short of an attack, which is repeated while a stall is among that.

    Args:
        fresh: returns a replica that no attack has changed.
        attack: what to send.
    """
    shortfalls: list[str] = []
    for _ in range(_TRIES):
        outcome = attacked(fresh(), attack)
        print(f"{attack.title}: {outcome}")
        shortfalls = outcome.shortfalls(attack)
        if not any(each.startswith("stall") for each in shortfalls):
            break
    return shortfalls
