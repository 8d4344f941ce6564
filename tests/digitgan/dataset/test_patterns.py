"""Patterns of numbers: what each part writes, that it is frozen, and what is refused."""

import re
from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitgan.contract.limits import MAX_DIGITS, MAX_PATTERN, MAX_SEED, SIGNS
from digitgan.dataset.patterns import BadPattern, Pattern

WRITTEN = {
    "#": r"\d",
    "#{5}": r"\d{5}",
    "#{3-8}": r"\d{3,8}",
    "[0-31]": r"[0-9]|[12][0-9]|3[01]",
    "[00-31]": r"[0-2][0-9]|3[01]",
    "[0.00-999.99]": r"\d{1,3}\.\d\d",
    "[0,000-9,999]": r"\d,\d{3}",
    "[0-1,000,000]": r"[1-9]\d{0,2}(,\d{3})*|0",
    "[1,000.00-9,999,999.99]": r"[1-9]\d{0,2}(,\d{3}){1,2}\.\d\d",
    "[1.000,00-9.999,99]": r"[1-9]\.\d{3},\d\d",
    "[999.50-1,000.49]": r"999\.[5-9]\d|1,000\.[0-4]\d",
    "[1 000-999 999]": r"[1-9]\d{0,2} \d{3}",
    "(###) ###-####": r"\(\d{3}\) \d{3}-\d{4}",
    "HH:MM:SS": r"([01]\d|2[0-3]):[0-5]\d:[0-5]\d",
    r"+4\4 \0#%": r"\+44 0\d%",
}


@pytest.mark.parametrize("text", WRITTEN)
def test_number_is_written_as_its_pattern_says(text: str) -> None:
    pattern = Pattern.parse(text)
    numbers = [pattern.number(seed) for seed in range(300)]
    assert all(re.fullmatch(WRITTEN[text], number) for number in numbers)
    assert max(map(len, numbers)) <= pattern.longest
    assert max(sum(map(str.isdigit, number)) for number in numbers) <= pattern.most_digits <= pattern.longest


def test_day_is_one_of_the_calendar_and_all_of_its_parts_agree() -> None:
    pattern, both = Pattern.parse("yyyy-mm-dd"), Pattern.parse("dd.mm.yy-dd.mm.yy")
    days = [date.fromisoformat(pattern.number(seed)) for seed in range(3_000)]
    assert {day.year for day in days} == {*range(1900, 2100)}
    assert {day.day for day in days if day.month == 2} >= {1, 28}
    assert date(1900, 1, 1) <= min(days) <= max(days) <= date(2099, 12, 31)
    firsts, seconds = zip(*(both.number(seed).split("-") for seed in range(100)), strict=True)
    assert sum(first == second for first, second in zip(firsts, seconds, strict=True)) < 3


def _luhn(digits: str) -> int:
    """Return the remainder of the sum by ISO/IEC 7812-1, from right to left."""
    total = 0
    for place, digit in enumerate(map(int, reversed(digits))):
        twice = digit * (1 + place % 2)
        total += twice // 10 + twice % 10
    return total % 10


def test_check_digits_are_those_of_their_standards() -> None:
    cards, codes = Pattern.parse("4### #{4} #{4} ###L"), Pattern.parse("978-[0-9]-#{8}-E")
    assert {_luhn(cards.number(seed).replace(" ", "")) for seed in range(200)} == {0}
    for seed in range(200):
        digits = [*map(int, codes.number(seed).replace("-", ""))]
        assert (sum(digits[::2]) + 3 * sum(digits[1::2])) % 10 == 0
    assert Pattern.parse("7992739871L").number(0) == "79927398713"
    assert Pattern.parse("400638133393E").number(0) == "4006381333931"


def test_every_value_is_as_likely_as_the_others() -> None:
    n = 20_000
    for text, n_values in (("#", 10), ("[7-12]", 6), ("HH", 24)):
        counts = Counter(map(Pattern.parse(text).number, range(n)))
        assert len(counts) == n_values
        square = sum((count - n / n_values) ** 2 / (n / n_values) for count in counts.values())
        assert square < n_values + 5 * (2 * n_values) ** 0.5
    lengths = Counter(len(Pattern.parse("#{1-4}").number(seed)) for seed in range(n))
    assert min(lengths.values()) > n / 4 - 400


def test_numbers_are_frozen_because_data_sets_are_made_again() -> None:
    numbers = {text: [Pattern.parse(text).number(seed) for seed in (0, 1, MAX_SEED)] for text in FROZEN}
    assert numbers == FROZEN


FROZEN = {
    "#{5}": ["99430", "03780", "84932"],
    "#{3-8}": ["523884", "926259", "555"],
    "[0-31]": ["12", "20", "10"],
    "[00-31]": ["01", "31", "11"],
    "[1,000.00-9,999,999.99]": ["9,718,363.17", "8,960,309.93", "755,501.92"],
    "[1.000,00-9.999,99]": ["6.612,89", "5.139,80", "2.039,27"],
    "dd/mm/yyyy": ["11/07/2019", "06/08/1961", "21/02/2058"],
    "dd.mm.yy-dd.mm.yy": ["16.09.96-20.01.19", "19.12.47-19.06.28", "11.08.21-02.12.06"],
    "HH:MM": ["14:34", "14:34", "00:15"],
    "4#{14}L": ["4063226315471273", "4402471028099942", "4259544009456689"],
    "#{12}E": ["3964324270525", "2698049675044", "6646229195581"],
    r"\0#%": ["07%", "05%", "08%"],
}

REFUSED = {
    "": r"character 1: no part of the pattern writes a digit",
    "-/-": r"character 1: no part of the pattern writes a digit",
    "12ab": r"character 3: 'a' has no meaning here; a pattern has # for a digit",
    "#٣": r"character 2: '٣' has no meaning",
    "#{0}": r"character 2: lengths go from 1 to 64",
    "#{9-3}": r"character 2: lengths go from 1 to 64, the shorter one first",
    "#{": r"character 2: after #, braces hold one length or two",
    "L#": r"character 1: L is the check digit of the digits before it, and there are none",
    "+E": r"character 2: E is the check digit",
    "\\x": r"character 1: a backslash precedes a digit or one of the signs",
    "[3-1]": r"character 1: range \[3-1\]: 3 is more than 1",
    "[1-": r"character 1: a range has two ends of digits",
    "[1.00-2.5]": r"have different numbers of decimals",
    "[00-100]": r"with leading zeros, both ends have equally many digits",
    "[0-010]": r"010 has leading zeros, 0 has none",
    "[1,00.00-2,000.00]": r"1,00.00 is no number that is written like the other end",
    "[1.000-9,5]": r"9,5 is no number that is written like the other end",
    "#{40}#{40}": r"character 6: from here on, numbers have up to 80 characters; numbers may have at most 64",
    "#" * (MAX_PATTERN + 1): rf"257 characters; at most {MAX_PATTERN} are allowed",
}


@pytest.mark.parametrize("text", REFUSED, ids=[text[:12] or "empty" for text in REFUSED])
def test_text_that_is_no_pattern_is_refused_where_it_is_wrong(text: str) -> None:
    with pytest.raises(BadPattern, match=REFUSED[text]):
        Pattern.parse(text)


@given(st.text("#{}[]0139-,. dmyHMSLE\\/", max_size=24), st.integers(0, MAX_SEED))
def test_any_text_is_refused_or_writes_a_number(text: str, seed: int) -> None:
    try:
        pattern = Pattern.parse(text)
    except BadPattern:
        return
    number = pattern.number(seed)
    assert 1 <= len(number) <= pattern.longest <= MAX_DIGITS
    assert set(number) <= set("0123456789" + SIGNS)
    assert any(map(str.isdigit, number))
