"""Which signed addresses are valid, for whom and how long."""

import pytest

from service.access import signatures
from service.access.keys import make_key

ADDRESS = "/numbers/42/7.png?model=digits&version=1"


def test_only_the_signed_address_under_its_key_is_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    (_, record), (_, other) = make_key("shop"), make_key("other")
    signed = signatures.sign(ADDRESS, record)
    assert signed.startswith(ADDRESS)
    assert signatures.salt_of(signed) == record.salt
    assert signatures.verify(signed, record) == ADDRESS
    salt, end, mac = signed.rpartition("=")[2].split(".")
    prefix = signed.rpartition("=")[0]
    for forged in (
        ADDRESS,
        signed.replace("/7.png", "/8.png"),
        signed + "&scale=32",
        f"{prefix}={salt}.{int(end) + 1}.{mac}",
        f"{prefix}={salt}.0{end}.{mac}",
        f"{prefix}={salt}.{end}.{mac[::-1]}",
        f"{prefix}={salt}.{end}.",
        signatures.sign(ADDRESS, other).replace(other.salt, salt),
    ):
        assert signatures.verify(forged, record) is None
    assert signatures.verify(signed, other) is None


@pytest.mark.parametrize(("after_s", "is_valid"), [(3590, True), (3601, False)])
def test_address_is_valid_for_an_hour(monkeypatch: pytest.MonkeyPatch, after_s: float, is_valid: bool) -> None:
    _, record = make_key("shop")
    monkeypatch.setattr(signatures, "time", lambda: 1_800_000_000.0)
    signed = signatures.sign(ADDRESS, record)
    monkeypatch.setattr(signatures, "time", lambda: 1_800_000_000.0 + after_s)
    assert (signatures.verify(signed, record) is not None) == is_valid
