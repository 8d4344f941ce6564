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


def test_signature_covers_the_decoded_path_and_the_query_as_it_is() -> None:
    _, record = make_key("shop")
    signed = signatures.sign("/numbers/5%25%2F%2B2%20%283%29/7.png?background=%23fff", record)
    decoded = signed.replace("5%25%2F%2B2%20%283%29", "5%/+2 (3)")
    assert signatures.verify(decoded, record) == "/numbers/5%/+2 (3)/7.png?background=%23fff"
    assert signatures.verify(decoded.replace("%23", "#"), record) is None


@pytest.mark.parametrize(("after_s", "is_valid"), [(3590, True), (3601, False)])
def test_address_is_valid_for_an_hour(monkeypatch: pytest.MonkeyPatch, after_s: float, is_valid: bool) -> None:
    _, record = make_key("shop")
    monkeypatch.setattr(signatures, "time", lambda: 1_800_000_000.0)
    signed = signatures.sign(ADDRESS, record)
    monkeypatch.setattr(signatures, "time", lambda: 1_800_000_000.0 + after_s)
    assert (signatures.verify(signed, record) is not None) == is_valid
