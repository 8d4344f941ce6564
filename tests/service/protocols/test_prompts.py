"""Which number a prompt contains."""

from time import perf_counter

import pytest

from digitgan.contract.errors import InvalidPlan
from service.protocols.prompts import number_in

_ONES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_ONES += ["thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def in_words(n: int) -> str:
    """Return a number in words, by the rule of arithmetic that the parser does not use."""
    if n < 20:
        return _ONES[n]
    if n < 100:
        return _TENS[n // 10 - 2] + (f"-{_ONES[n % 10]}" if n % 10 else "")
    size, name = (1000, "thousand") if n >= 1000 else (100, "hundred")
    return f"{in_words(n // size)} {name}" + (f" {in_words(n % size)}" if n % size else "")


def test_every_number_word_is_read_as_its_number() -> None:
    for n in (*range(1_200), *range(1_200, 1_000_000, 997), 900_019, 999_999):
        assert number_in(f"Please draw {in_words(n)}!", "prompt") == str(n)
        assert number_in(in_words(n).replace("-", " ").upper(), "prompt") == str(n)


@pytest.mark.parametrize(
    ("prompt", "number"),
    [
        ("7", "7"),
        ("a handwritten 42", "42"),
        ("No.007!", "007"),
        ("phone 555-1234", "555-1234"),
        ("+1-555-0100, please", "+1-555-0100"),
        ("call (555) 123-4567.", "(555) 123-4567"),
        ("call +44 (20) 5550 1234.", "+44 (20) 5550 1234"),
        ("pi is 3.14", "3.14"),
        ("a handwritten 12/31/2026.", "12/31/2026"),
        ("at 10:45", "10:45"),
        ("$ 1,234.50", "1,234.50"),
        ("-\u20ac5.00", "5.00"),
        ("below zero: -5", "-5"),
        ("a change of -.5 % today", "-.5 %"),
        ("a GPT-4", "4"),
        ("(42), please", "42"),
        ("one handwritten 42", "42"),
        ("draw forty-two", "42"),
        ("draw forty two in a hand", "42"),
        ("a hundred", "100"),
        ("A thousand and one nights", "1001"),
        ("nine hundred and five", "905"),
        ("twelve thousand, three hundred and forty-five", "12345"),
        ("nobody's seventh tone is seven", "7"),
    ],
)
def test_the_one_number_of_a_prompt_is_read(prompt: str, number: str) -> None:
    assert number_in(prompt, "prompt") == number


@pytest.mark.parametrize("number", ["(1,234.50)", "555--1234", "555 1234", "12/", ".5%", "% 7", "20 : 26"])
def test_a_prompt_that_is_a_number_is_written_as_it_is(number: str) -> None:
    assert number_in(f" {number}\n", "prompt") == number


@pytest.mark.parametrize(
    ("prompt", "found"),
    [
        ("", "0 numbers"),
        ("a cat", "0 numbers"),
        ("a stone", "0 numbers"),
        ("\u0667", "0 numbers"),
        ("\u017feven", "0 numbers"),
        ("hundred", "0 numbers"),
        ("7 or 8", "2 numbers"),
        ("phone 555--1234", "2 numbers"),
        ("555 1234 or so", "2 numbers"),
        ("--", "0 numbers"),
        ("four two", "2 numbers"),
        ("one and two", "2 numbers"),
        ("twenty twenty-six", "2 numbers"),
        ("1" * 65, "one of 65 characters"),
        ("a " + "1-" * 32 + "1", "one of 65 characters"),
    ],
)
def test_prompts_without_exactly_one_number_are_refused(prompt: str, found: str) -> None:
    with pytest.raises(InvalidPlan, match=f"one number of 1 to 64 digits and signs.*contains {found}"):
        number_in(prompt, "prompt")


@pytest.mark.parametrize(
    "part", ["one ", "one" + " " * 40, "a hundred ", "twenty-", "1-", "1", "+1 (1", "(1) ", "(", "thousand ", "a "]
)
def test_a_long_prompt_takes_time_in_proportion_to_its_length(part: str) -> None:
    """The longest prompt takes some milliseconds; a search that went back and forth would take seconds."""
    started = perf_counter()
    with pytest.raises(InvalidPlan):
        number_in((part * 32_000)[:31_999] + "x", "prompt")
    assert perf_counter() - started < 1
