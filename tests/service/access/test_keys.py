"""Keys and their records."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from service.access.keys import make_key, salt_of


def test_key_has_the_salt_of_its_record_and_matches_it() -> None:
    key, record = make_key("shop")
    assert salt_of(key) == record.salt
    assert record.matches(key)


def test_record_holds_no_part_of_the_secret() -> None:
    key, record = make_key("shop")
    secret = key.rpartition(record.salt)[2]
    stored = record.model_dump_json()
    assert not [secret[i : i + 6] for i in range(len(secret) - 6) if secret[i : i + 6] in stored]


def test_two_keys_with_one_name_have_nothing_in_common() -> None:
    (first, record), (second, other) = make_key("shop"), make_key("shop")
    assert first != second and record.salt != other.salt and record.digest != other.digest
    assert not record.matches(second)


@given(st.integers(0, 63), st.characters(codec="ascii"))
def test_key_with_a_changed_character_does_not_match(place: int, character: str) -> None:
    key, record = make_key("shop")
    changed = key[:place] + character + key[place + 1 :]
    assert record.matches(changed) == (changed == key)


@given(st.text(max_size=80))
def test_text_that_is_not_a_key_has_no_salt(text: str) -> None:
    assert salt_of(text) is None


@pytest.mark.parametrize("name", ["", " ", "a b", "-a", "a/b", "é", "a" * 65, "a\n"])
def test_invalid_name_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        make_key(name)
