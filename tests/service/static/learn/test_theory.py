"""The formulas of the pieces: the guide's own figures, and integrals by NumPy."""

from itertools import pairwise
from math import inf, log

import numpy as np
import pytest

from tests.service.static.modules import node

HILLS = [(0.0, 1.0), (2.5, 0.7), (-4.0, 0.4), (4.0, 2.5), (0.5, 1.3)]


def test_cost_of_a_guess_is_entropy_and_divergence() -> None:
    cases = [(0.2, 0.2), (0.2, 0.5), (0.2, 0.9), (0.7, 0.01), (1, 0.01), (0, 0.3)]
    found = node(
        "learn/theory.js",
        f"{[list(each) for each in cases]}.map(([p, q]) => [crossEntropy(p, q), entropy(p), divergence(p, q)])",
    )
    for (p, q), (total, least, more) in zip(cases, found, strict=True):
        terms = [(p, q), (1 - p, 1 - q)]
        assert total == pytest.approx(sum(-a * log(b) for a, b in terms if a))
        assert least == pytest.approx(sum(-a * log(a) for a, _ in terms if a))
        assert more == pytest.approx(total - least, abs=1e-12)
    assert found[1][0] == pytest.approx(log(2))


def test_cost_of_what_was_thought_impossible_is_infinite() -> None:
    said = node("learn/theory.js", "[[0.2, 0], [0.2, 1], [0, 0], [1, 1]].map(([p, q]) => String(crossEntropy(p, q)))")
    assert [float(each.replace("Infinity", "inf")) for each in said] == [inf, inf, 0, 0]


def test_slopes_of_the_generators_losses_are_those_by_the_logit() -> None:
    small = 1e-6
    for answer in (0.05, 0.5, 0.9):
        logit = log(answer / (1 - answer))
        beside = [1 / (1 + np.exp(-(logit + by))) for by in (-small, small)]
        low, high, here = node("learn/theory.js", f"{[*map(float, beside), answer]}.map(sides)")
        assert here["formulaPull"] == pytest.approx((low["formula"] - high["formula"]) / 2 / small, rel=1e-4)
        assert here["turnedPull"] == pytest.approx((low["turned"] - high["turned"]) / 2 / small, rel=1e-4)


def test_value_of_the_game_is_the_integral_and_least_where_the_hills_are_one() -> None:
    found = node(
        "learn/theory.js",
        f"{[list(each) for each in HILLS]}.map(([mean, spread]) => ({{ mean, spread }}))"
        ".map((made) => [valueOf(made), jensenShannon(made), bestAnswer(1, made)])",
    )
    x = np.linspace(-24, 24, 100_001)
    for (mean, spread), (value, js, answer) in zip(HILLS, found, strict=True):
        real, made = (np.exp(-(((x - m) / s) ** 2) / 2) / s / np.sqrt(2 * np.pi) for m, s in ((0, 1), (mean, spread)))
        middle = np.maximum((real + made) / 2, 1e-300)
        divergences = [np.trapezoid(p * np.log(np.maximum(p, 1e-300) / middle), x) for p in (real, made)]
        assert js == pytest.approx(sum(divergences) / 2, abs=1e-6)
        assert value == pytest.approx(2 * js - log(4), abs=1e-9)
        at = np.searchsorted(x, 1.0)
        assert answer == pytest.approx(real[at] / (real[at] + made[at]), abs=1e-3)
    assert found[0] == pytest.approx([-log(4), 0, 0.5], abs=1e-9)


def test_steps_of_the_generator_lead_to_the_floor() -> None:
    walk = """(() => {
        let made = { mean: 2.5, spread: 0.7 };
        const values = [valueOf(made)];
        for (let i = 0; i < 60; i++) values.push(valueOf((made = descended(made, 0.6))));
        return values; })()"""
    values = node("learn/theory.js", walk)
    assert all(later <= earlier + 1e-6 for earlier, later in pairwise(values))
    assert values[-1] == pytest.approx(-log(4), abs=1e-3)
