"""The page on hands says what was measured, and its three lines decode tokens as the contract does."""

import json
import re
from typing import Any

import numpy as np

from digitgan.contract.hand import style_of, token_of
from digitgan.contract.latents import seeds_to_latents
from tests.docs.examples import ROOT, examples

NAME = "docs/hands.md"
PAGE = " ".join((ROOT / NAME).read_text(encoding="utf-8").split())
FIGURES: dict[str, Any] = json.loads((ROOT / "docs/benchmarks/hands.json").read_text(encoding="utf-8"))


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def test_distances_are_the_measured_ones() -> None:
    part = FIGURES["way-back"]
    rms, best = part["rows"]["as the token keeps it"]["rms"], part["optimum"]["rows"]
    assert f"by {rms:.1f} grey levels" in PAGE
    pulled = best["gradient, from zero, pulled to likely styles"]["rms"]
    assert f"reach {best['gradient, from zero']['rms']:.1f}, or {pulled:.1f} with a pull" in PAGE
    assert f"label of {percent(part['label_accuracy'])}" in PAGE


def test_likeness_is_the_measured_one() -> None:
    rows = FIGURES["others"]["rows"]
    posted, floor = (min(each["digits"] for each in rows[name].values()) for name in ("posted hands", "random seeds"))
    assert f"read as asked in {percent(posted)} of cases, and those of random seeds in {percent(floor)}" in PAGE
    width, slant = (FIGURES["consistency"]["rows"]["posted hands"][name]["correlation"] for name in ("width", "slant"))
    assert f"{width:.2f} for stroke width and {slant:.2f} for slant" in PAGE
    assert all(abs(each["correlation"]) < 0.1 for each in FIGURES["consistency"]["rows"]["random seeds"].values())


def test_refusals_are_the_measured_ones() -> None:
    refused = {
        name: row["refused_unread"] + row["refused_as_read"] for name, row in FIGURES["refusals"]["rows"].items()
    }
    wrongly = refused["MNIST's test digits, as they are"]
    assert f"{percent(wrongly)} of MNIST's test digits" in PAGE
    assert f"{percent(refused['letters'])} of printed letters" in PAGE
    assert f"{percent(refused['two digits, overlapping'])} of pairs of digits that overlap" in PAGE
    assert f"{percent(refused['scribbles'])} of scribbles" in PAGE


def test_three_lines_decode_a_token() -> None:
    [block] = [each.text for each in examples([NAME]) if "b64decode" in each.text]
    decode = block.replace('json.load(open("hand.json"))["hand"]', "given")
    token = token_of(seeds_to_latents([7], 64)[0])
    found: dict[str, Any] = {"given": token}
    exec(decode, found)
    assert np.array_equal(found["style"], style_of(token))
    assert re.search(rf"tokens have {len(token)} characters", PAGE)
