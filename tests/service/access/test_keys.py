"""Knows that a key opens what was kept of it and nothing else. Does not know files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from service.access.keys import make_key, salt_of


def test_a_key_is_found_by_its_salt_and_is_its_records() -> None:
    key, record = make_key("shop")
    assert salt_of(key) == record.salt
    assert record.is_of(key)


def test_no_part_of_the_secret_is_kept() -> None:
    key, record = make_key("shop")
    secret = key.rpartition(record.salt)[2]
    kept = record.model_dump_json()
    assert not [secret[i : i + 6] for i in range(len(secret) - 6) if secret[i : i + 6] in kept]


def test_two_keys_of_a_name_have_nothing_in_common() -> None:
    (first, kept), (second, other) = make_key("shop"), make_key("shop")
    assert first != second and kept.salt != other.salt and kept.digest != other.digest
    assert not kept.is_of(second)


@given(st.integers(0, 63), st.characters(codec="ascii"))
def test_a_key_with_one_character_changed_is_another(place: int, character: str) -> None:
    key, record = make_key("shop")
    changed = key[:place] + character + key[place + 1 :]
    assert record.is_of(changed) == (changed == key)


@given(st.text(max_size=80))
def test_what_is_no_key_has_no_salt(text: str) -> None:
    assert salt_of(text) is None


@pytest.mark.parametrize("name", ["", " ", "a b", "-a", "a/b", "é", "a" * 65, "a\n"])
def test_a_name_that_would_not_fit_a_line_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        make_key(name)
