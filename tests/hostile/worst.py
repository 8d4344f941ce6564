"""Measure the worst request of each route, and write the table into docs/operations.md.

python -m tests.hostile.worst --seconds 20
"""

import argparse
import textwrap
from collections.abc import Mapping
from pathlib import Path

from reference.sections import filled
from reference.tables import cell, table
from service.app import create_app
from service.settings import Settings
from tests.hostile.groups import ROOT
from tests.hostile.replica import Cost, Replica
from tests.hostile.search import OBJECTIVES, Worst, search, targets

PAGE = ROOT / "docs" / "operations.md"
SECTION = "worst"
_SEED = 1
_SHOWN = 70  # characters of the request


def rendered(worst: Mapping[str, Mapping[str, Worst]]) -> str:
    """Return the table of the worst requests by route and objective."""
    return table(
        ("route", "most memory", "most processor time", "longest stall", "request with the most memory"),
        (
            (
                f"`{route}`",
                _memory(each["memory"].cost),
                f"{each['processor'].cost.cpu_s:.2f} s",
                f"{each['stall'].cost.stall_ms:.0f} ms",
                cell(_shortened(str(each["memory"]))),
            )
            for route, each in worst.items()
        ),
    )


def _memory(cost: Cost) -> str:
    return f"{cost.above_mib:.0f} MiB" if cost.is_alive else "beyond the limit"


def _shortened(text: str) -> str:
    return textwrap.shorten(text, _SHOWN, placeholder=" …")


def measured(seconds: float, most_images: int) -> dict[str, dict[str, Worst]]:
    """Search for the worst request of each route, and return it by route and objective.

    Args:
        seconds: how long to search each format of a route.
        most_images: the number of images that the longest stream has.
    """
    replica = Replica()

    def fresh() -> Replica:
        nonlocal replica
        if not replica.is_fresh:
            replica.end()
            replica = Replica()
        return replica

    worst: dict[str, dict[str, Worst]] = {}
    try:
        for target in targets(create_app(Settings()).openapi(), most_images):
            best = worst.setdefault(target.route, {})
            for objective, found in search(fresh, target, _SEED, seconds).items():
                value = OBJECTIVES[objective]
                if objective not in best or value(found.cost) > value(best[objective].cost):
                    best[objective] = found
            print(f"{target.route}, {target.kind}: {'; '.join(f'{k} {v.cost}' for k, v in best.items())}", flush=True)
    finally:
        replica.end()
    return worst


def main(page: Path = PAGE) -> None:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile.worst", description="Write the worst costs.")
    parser.add_argument("--seconds", type=float, default=20.0, help="how long to search each format of a route")
    parser.add_argument("--most-images", type=int, default=20_000, help="images of the longest stream")
    given = parser.parse_args()
    text = rendered(measured(given.seconds, given.most_images))
    page.write_text(filled(page.read_text(encoding="utf-8"), {SECTION: lambda: text}), encoding="utf-8")


if __name__ == "__main__":
    main()
