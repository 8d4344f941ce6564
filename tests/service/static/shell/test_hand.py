"""The page's hand tokens are the service's, to the character."""

import json

import numpy as np
import pytest

from digitgan.contract.hand import style_of, token_of
from digitgan.contract.latents import seeds_to_latents
from tests.digitgan.contract.test_hand import VECTORS
from tests.service.static.modules import node


def test_published_vectors() -> None:
    assert node("shell/hand.js", f"{json.dumps(list(VECTORS.values()))}.map(tokenOf)") == list(VECTORS)
    assert node("shell/hand.js", f"{json.dumps(list(VECTORS))}.map(styleOf)") == list(VECTORS.values())


def test_tokens_are_the_services_with_ties_and_ends() -> None:
    styles = seeds_to_latents(range(50), 64).tolist()
    styles += [[step / 64 for step in range(-130, 130)], [4.0, -4.0, 100.0, -100.0, 3.984375, -3.984375]]
    tokens = [token_of(np.array(style)) for style in styles]
    assert node("shell/hand.js", f"{json.dumps(styles)}.map(tokenOf)") == tokens
    found = node("shell/hand.js", f"{json.dumps(tokens)}.map(styleOf)")
    assert found == [style_of(token).tolist() for token in tokens]


@pytest.mark.parametrize("text", ["", "h", "hA", "hAAA=", "hAB", "hgA", "h+A", "AA", "hAA\n", "hAAAAA"])
def test_other_spellings_have_no_style(text: str) -> None:
    assert node("shell/hand.js", f"styleOf({json.dumps(text)}) ?? null") is None
