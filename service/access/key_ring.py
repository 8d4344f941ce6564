"""Knows which keys open the service now: those in the file, looked at again when it changes.

Does not know how keys come with a request, or what their holders may do.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from digitgan.contract.files import stamp
from service.access.key_file import KeysUnusable, read_keys
from service.access.keys import KeyRecord, salt_of

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 1.0


class KeyRing:
    """The keys of a file; a change of it counts within a second, and a file that became unusable changes nothing.

    Args:
        path: the file of keys.
        clock: seconds that never go back.

    Raises:
        KeysUnusable: the file is not there, not readable, or something else.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = monotonic) -> None:
        self._path = path
        self._clock = clock
        self._stamp = stamp(path)
        self._records = _by_salt(path)
        self._looked = clock()

    def holder(self, key: str) -> str | None:
        """Return the name of a key that opens the service, None if this one does not."""
        if self._clock() - self._looked >= _LOOK_EVERY_S:
            self._look()
        record = self._records.get(salt_of(key) or "")
        return record.name if record is not None and record.is_of(key) else None

    def _look(self) -> None:
        """Read the file again if it is another than before."""
        self._looked = self._clock()
        now = stamp(self._path)
        if now == self._stamp:
            return
        self._stamp = now
        try:
            self._records = _by_salt(self._path)
        except KeysUnusable as error:
            log.error("%s; the keys read before stay in use", error)  # noqa: TRY400 - the text says all there is
        else:
            log.info("the keys file %s was read again: %d keys", self._path, len(self._records))


def _by_salt(path: Path) -> dict[str, KeyRecord]:
    return {record.salt: record for record in read_keys(path)}
