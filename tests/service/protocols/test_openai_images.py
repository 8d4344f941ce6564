"""Knows what prompts mean. Does not know HTTP."""

import pytest

from digitgan.contract.errors import InvalidPlan
from service.protocols.openai_images import ImagesRequest


@pytest.mark.parametrize(("prompt", "digits"), [("7", "7"), ("a handwritten 42", "42"), ("No.007!", "007")])
def test_the_one_number_is_written(prompt: str, digits: str) -> None:
    assert ImagesRequest(prompt=prompt).digits == digits


@pytest.mark.parametrize("prompt", ["", "a cat", "7 or 8", "1" * 65, "\u0667"])
def test_any_other_prompt_is_refused(prompt: str) -> None:
    with pytest.raises(InvalidPlan, match="one number of 1 to 64 digits"):
        _ = ImagesRequest(prompt=prompt).digits
