"""The table of the events in the log of a service."""

import logging

from reference.tables import cell, table
from service.telemetry.events import EVENTS


def overview() -> str:
    """Return a row for each event."""
    rows = (
        (
            f"`{event.name}`",
            logging.getLevelName(event.level).lower(),
            ", ".join(f"`{field}`" for field in event.fields),
            cell(event.meaning),
        )
        for event in EVENTS
    )
    return table(("event", "level", "fields", "meaning"), rows)
