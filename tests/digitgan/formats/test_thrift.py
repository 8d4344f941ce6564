"""Values of Thrift's compact protocol, as its specification has them."""

import pytest

from digitgan.formats import thrift


@pytest.mark.parametrize(("value", "encoded"), [(0, "00"), (-1, "01"), (1, "02"), (-65, "8101"), (2**31, "8080808010")])
def test_integer_is_a_varint_of_its_zigzag(value: int, encoded: str) -> None:
    assert thrift.integer(value).hex() == encoded


def test_struct_has_the_distance_and_type_of_each_field() -> None:
    inner = thrift.struct(thrift.i64(1, 3))
    made = thrift.struct(thrift.i32(1, 5), thrift.binary(4, b"ab"), thrift.nested(5, inner))
    assert made.hex() == "150a" + "38026162" + "1c" + "160600" + "00"


@pytest.mark.parametrize(("n", "head"), [(2, "29"), (14, "e9"), (15, "f90f"), (200, "f9c801")])
def test_long_list_has_its_length_after_its_type(n: int, head: str) -> None:
    _, kind, made = thrift.listed(2, thrift.LIST, [b"x"] * n)
    assert (kind, made) == (thrift.LIST, bytes.fromhex(head) + b"x" * n)
