"""Knows one API key: how it is made, what is kept of it, and whether a key that is presented is it.

Does not know files or requests. Why a fast hash is right here: docs/adr/0024-access.md.
"""

import hashlib
import hmac
import re
import secrets
from datetime import UTC, datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

_SALT_BYTES = 8
_SECRET_BYTES = 32
# dgk_<salt>_<secret>: the prefix is for scanners that look for keys where none should be, the salt finds the record.
_KEY = re.compile(rf"dgk_([0-9a-f]{{{2 * _SALT_BYTES}}})_[A-Za-z0-9_-]{{43}}")


class KeyRecord(BaseModel):
    """What is kept of a key, from which it cannot be had back.

    Attributes:
        name: whose key it is; for people, and for what is counted by key.
        salt: 8 random bytes in hexadecimal digits; a part of the key, and no secret.
        digest: BLAKE2b-256 of the whole key under that salt, in hexadecimal digits.
        created: when.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
    salt: str = Field(pattern=rf"^[0-9a-f]{{{2 * _SALT_BYTES}}}$")
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    created: AwareDatetime

    def is_of(self, key: str) -> bool:
        """Return whether this was kept of a key, in a time that does not tell how much of it was right."""
        return hmac.compare_digest(_digest(key, self.salt), self.digest)


def make_key(name: str) -> tuple[str, KeyRecord]:
    """Return a new key of 256 random bits, and what is to be kept of it.

    Raises:
        ValidationError: the name is not 1 to 64 letters, digits, dots, dashes or underscores.
    """
    salt = secrets.token_hex(_SALT_BYTES)
    key = f"dgk_{salt}_{secrets.token_urlsafe(_SECRET_BYTES)}"
    return key, KeyRecord(name=name, salt=salt, digest=_digest(key, salt), created=datetime.now(UTC))


def salt_of(key: str) -> str | None:
    """Return the part of a key that finds its record, None if this is no key."""
    found = _KEY.fullmatch(key)
    return found[1] if found else None


def _digest(key: str, salt: str) -> str:
    return hashlib.blake2b(key.encode(), digest_size=32, salt=bytes.fromhex(salt), person=b"digitgan").hexdigest()
