"""Print what each attack does to a replica, one line each: ``python -m tests.hostile [ROW ...]``."""

import sys

from tests.hostile.attacking import attacked
from tests.hostile.attacks import ATTACKS
from tests.hostile.replica import Replica


def main(rows: set[int]) -> None:
    """Send the attacks of some rows, or of all if there are none."""
    replica = Replica()
    n_fell_short = 0
    attacks = [attack for attack in ATTACKS if not rows or attack.row in rows]
    for attack in attacks:
        if not replica.is_fresh:
            replica.end()
            replica = Replica()
        outcome = attacked(replica, attack)
        shortfalls = outcome.shortfalls(attack)
        n_fell_short += bool(shortfalls)
        print(f"{'FAIL' if shortfalls else 'ok  '} {attack.title} | {outcome} | {'; '.join(shortfalls)}", flush=True)
    replica.end()
    print(f"{n_fell_short} of {len(attacks)} attacks fell short")


if __name__ == "__main__":
    main({int(row) for row in sys.argv[1:]})
