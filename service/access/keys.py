"""API keys: how they are made, what is stored about them, and how a presented key is verified.

docs/adr/0024-access.md says why a fast hash is sufficient.
"""

import hashlib
import hmac
import re
import secrets
from datetime import UTC, datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

_SALT_BYTES = 8
_SECRET_BYTES = 32
# dgk_<salt>_<secret>: scanners for leaked secrets look for the prefix, and the salt finds the record.
_KEY = re.compile(rf"dgk_([0-9a-f]{{{2 * _SALT_BYTES}}})_[A-Za-z0-9_-]{{43}}")


class KeyRecord(BaseModel):
    """The stored record of a key, from which the key cannot be derived.

    Attributes:
        name: the holder of the key; identifies the key to people and to quotas.
        salt: 8 random bytes in hexadecimal digits; a part of the key, but not secret.
        digest: BLAKE2b-256 of the whole key under that salt, in hexadecimal digits.
        created: when the key was made.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
    salt: str = Field(pattern=rf"^[0-9a-f]{{{2 * _SALT_BYTES}}}$")
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    created: AwareDatetime

    def matches(self, key: str) -> bool:
        """Return whether this is the record of a key, in constant time."""
        return hmac.compare_digest(_digest(key, self.salt), self.digest)


def make_key(name: str) -> tuple[str, KeyRecord]:
    """Return a new key of 256 random bits, and its record.

    Raises:
        ValidationError: the name is not 1 to 64 letters, digits, dots, dashes or underscores.
    """
    salt = secrets.token_hex(_SALT_BYTES)
    key = f"dgk_{salt}_{secrets.token_urlsafe(_SECRET_BYTES)}"
    return key, KeyRecord(name=name, salt=salt, digest=_digest(key, salt), created=datetime.now(UTC))


def salt_of(key: str) -> str | None:
    """Return the salt in a key, by which its record is found; None if the text is not a key."""
    found = _KEY.fullmatch(key)
    return found[1] if found else None


def _digest(key: str, salt: str) -> str:
    return hashlib.blake2b(key.encode(), digest_size=32, salt=bytes.fromhex(salt), person=b"digitgan").hexdigest()
