"""Signed addresses: whoever has one may request it without a key, for an hour and as long as its key is valid.

The signature is a keyed hash (BLAKE2b) of the address and its end, under the stored digest of the key. All workers and
replicas have that digest from the file of keys, and nobody else has it. The salt in the signature finds the key. The
path is hashed without its percent-encoding, which clients and proxies may change.
"""

import hashlib
import hmac
import re
from time import time
from urllib.parse import unquote

from .keys import KeyRecord

SIGNATURE = b"&signature="  # in the query of a signed address; always its last parameter

_VALID_S = 3600
_SIGNED = re.compile(r"(.*)&signature=([0-9a-f]{16})\.([1-9][0-9]{0,11})\.([0-9a-f]{32})", re.DOTALL)


def sign(address: str, record: KeyRecord) -> str:
    """Return an address, path and query, with a signature under a key that is valid for an hour."""
    end = int(time()) + _VALID_S
    path, mark, query = address.partition("?")
    return f"{address}&signature={record.salt}.{end}.{_mac(unquote(path) + mark + query, end, record)}"


def salt_of(address: str) -> str | None:
    """Return the salt of the key that signed an address; None if none did."""
    found = _SIGNED.fullmatch(address)
    return found[2] if found else None


def verify(address: str, record: KeyRecord) -> str | None:
    """Return the address that a key signed, in constant time; None if the signature is not valid, or has expired.

    Args:
        address: as a request has it, with its path decoded.
        record: the key.
    """
    found = _SIGNED.fullmatch(address)
    if found is None:
        return None
    signed, _, end, mac = found.groups()
    is_valid = hmac.compare_digest(mac, _mac(signed, int(end), record))
    return signed if is_valid and time() < int(end) else None


def _mac(address: str, end: int, record: KeyRecord) -> str:
    key, message = bytes.fromhex(record.digest), f"{end} {address}".encode()
    return hashlib.blake2b(message, digest_size=16, key=key, person=b"address").hexdigest()
