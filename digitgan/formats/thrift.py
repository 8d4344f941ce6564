"""Thrift's compact protocol, as far as the metadata of Parquet files need it.

Source: Apache Thrift, "Thrift Compact protocol encoding".
"""

from collections.abc import Sequence

I32, I64, BINARY, LIST, STRUCT = 5, 6, 8, 9, 12


def struct(*fields: tuple[int, int, bytes]) -> bytes:
    """Return a struct.

    Args:
        fields: number, type and encoded value of each field, by rising numbers less than 16 apart.
    """
    previous, content = 0, bytearray()
    for number, kind, value in fields:
        content.append((number - previous) << 4 | kind)
        content += value
        previous = number
    return bytes(content) + b"\0"


def i32(number: int, value: int) -> tuple[int, int, bytes]:
    """Return a field of 32 bits."""
    return number, I32, integer(value)


def i64(number: int, value: int) -> tuple[int, int, bytes]:
    """Return a field of 64 bits."""
    return number, I64, integer(value)


def binary(number: int, value: bytes) -> tuple[int, int, bytes]:
    """Return a field of bytes."""
    return number, BINARY, varint(len(value)) + value


def nested(number: int, value: bytes) -> tuple[int, int, bytes]:
    """Return a field that is a struct."""
    return number, STRUCT, value


def listed(number: int, kind: int, values: Sequence[bytes]) -> tuple[int, int, bytes]:
    """Return a field that is a list of encoded values of one type."""
    size = bytes([len(values) << 4 | kind]) if len(values) < 15 else bytes([0xF0 | kind]) + varint(len(values))
    return number, LIST, size + b"".join(values)


def integer(value: int) -> bytes:
    """Return an encoded integer, which may be negative."""
    return varint(value << 1 if value >= 0 else ~(value << 1))


def text(value: str) -> bytes:
    """Return encoded text, for a list."""
    return varint(len(value.encode())) + value.encode()


def varint(value: int) -> bytes:
    """Return an encoded integer that is not negative, seven bits in a byte, the lowest first."""
    content = bytearray()
    while value > 0x7F:
        content.append(value & 0x7F | 0x80)
        value >>= 7
    content.append(value)
    return bytes(content)
