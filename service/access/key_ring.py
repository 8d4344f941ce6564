"""The keys that are valid now: those of a file, which is read again when it changes."""

import logging
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from digitgan.contract.files import stamp

from . import signatures
from .key_file import KeysUnreadable, KeysUnusable, read_keys
from .keys import KeyRecord, salt_of

log = logging.getLogger(__name__)

_CHECK_EVERY_S = 1.0


class KeyRing:
    """The keys of a file, which take effect within a second of a change.

    If the file becomes unusable, the last valid keys stay in effect. A file that could not be read is read again each
    second until it can be; an invalid one when it changes.

    Args:
        path: the file of keys.
        clock: returns the seconds of a monotonic clock.

    Raises:
        KeysUnusable: the file is missing, unreadable or invalid.
    """

    def __init__(self, path: Path, clock: Callable[[], float] = monotonic) -> None:
        self._path = path
        self._clock = clock
        self._stamp = stamp(path)
        self._records = _read_by_salt(path)
        self._checked_at = clock()
        self._problem = ""  # what was logged about the file last

    def holder(self, key: str) -> str | None:
        """Return the name of a valid key; None if the key is not valid."""
        record = self._record(salt_of(key))
        return record.name if record is not None and record.matches(key) else None

    def sign(self, address: str, key: str) -> str:
        """Return an address at which anyone may have an answer for an hour, as long as a key is valid.

        Args:
            address: path and query, relative to the service's root.
            key: a valid key.
        """
        record = self._record(salt_of(key))
        return address if record is None else signatures.sign(address, record)

    def signer(self, address: str) -> tuple[str, str] | None:
        """Return the name of the key that signed an address, and the address that it signed; None if none did."""
        record = self._record(signatures.salt_of(address))
        signed = signatures.verify(address, record) if record is not None else None
        return (record.name, signed) if record is not None and signed is not None else None

    def _record(self, salt: str | None) -> KeyRecord | None:
        if self._clock() - self._checked_at >= _CHECK_EVERY_S:
            self._reload_if_changed()
        return self._records.get(salt or "")

    def _reload_if_changed(self) -> None:
        self._checked_at = self._clock()
        now = stamp(self._path)
        if now == self._stamp:
            return
        try:
            self._records = _read_by_salt(self._path)
        except KeysUnusable as error:
            if not isinstance(error, KeysUnreadable):
                self._stamp = now
            if str(error) != self._problem:
                self._problem = str(error)
                log.error("%s; the keys read before stay valid", error)  # noqa: TRY400 - the text says everything
        else:
            self._stamp, self._problem = now, ""
            log.info("reloaded the keys file %s: %d keys", self._path, len(self._records))


def _read_by_salt(path: Path) -> dict[str, KeyRecord]:
    return {record.salt: record for record in read_keys(path)}
