"""The gradients of the live game's networks, against finite differences, and Adam against its definition."""

import numpy as np
import pytest

from tests.service.static.modules import node

MAKE = """
    const gaussian = normal(uniform(5));
    const network = new Network([2, 8, 8, 1], gaussian);
    for (let i = 0; i < network.weights.length; i++) network.weights[i] += 0.1 * gaussian(); // biases too
    const inputs = Float64Array.from({ length: 12 }, gaussian);
    const small = 1e-5;
    const slopesOf = (values, of) => Array.from(values, (value, i) => {
        const at = (place) => { values[i] = place; return of(); };
        const ends = [at(value - small), at(value + small)];
        values[i] = value;
        return (ends[1] - ends[0]) / 2 / small; });"""


def gradients(body: str) -> tuple[np.ndarray, np.ndarray]:
    """Return the gradients that a body of code finds, the exact one and the one by finite differences."""
    imports = "const { normal, uniform } = await import('./learn/random.js');"
    exact, numeric = node("learn/network.js", f"await (async () => {{ {imports} {MAKE} {body} }})()")
    return np.array(exact), np.array(numeric)


def test_gradient_equals_finite_differences() -> None:
    exact, numeric = gradients("""
        const weighted = () => network.forward(inputs).reduce((sum, each, i) => sum + (i + 1) * each ** 2, 0);
        const back = network.backward(network.forward(inputs).map((each, i) => 2 * (i + 1) * each));
        const numeric = [inputs, network.weights].flatMap((values) => slopesOf(values, weighted));
        return [[...back, ...network.gradient], numeric];
    """)
    assert np.abs(exact).max() > 0.1
    np.testing.assert_allclose(exact, numeric, atol=1e-5, rtol=1e-5)


def test_gradient_of_r1_equals_finite_differences() -> None:
    exact, numeric = gradients("""
        const penalty = () => {
            network.forward(inputs);
            const along = network.backward(new Float64Array(6).fill(1), false);
            return (0.7 / 2) * (along.reduce((sum, each) => sum + each ** 2, 0) / 6); };
        network.forward(inputs);
        const value = network.penalise(0.7);
        return [[value, ...network.gradient], [penalty(), ...slopesOf(network.weights, penalty)]];
    """)
    assert np.abs(exact).max() > 0.1
    np.testing.assert_allclose(exact, numeric, atol=1e-6, rtol=1e-6)


def test_rows_that_are_kept_give_their_own_penalty() -> None:
    kept, alone = gradients("""
        network.forward(inputs);
        network.keep(2);
        const kept = network.penalise(1);
        network.forward(inputs.subarray(0, 4));
        return [[kept], [network.penalise(1)]];
    """)
    assert kept == pytest.approx(alone)


def test_first_step_of_adam_has_the_length_of_the_rate() -> None:
    moved, left = gradients("""
        const before = Array.from(network.weights);
        network.gradient.forEach((_, i) => (network.gradient[i] = i % 2 ? 3 : -0.001));
        new Adam(network).step(0.01);
        return [before.map((each, i) => network.weights[i] - each), Array.from(network.gradient)];
    """)
    np.testing.assert_allclose(moved, np.where(np.arange(len(moved)) % 2, -0.01, 0.01), rtol=1e-4)
    assert not left.any()
