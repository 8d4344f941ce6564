"""The polygon whose corners are the hands of a way: where the dot may be, and what it mixes there."""

import json

import numpy as np
import pytest

from tests.service.static.modules import node

N_POINTS = 50


@pytest.mark.parametrize("n", [2, 3, 4, 5, 8])
def test_weights_are_those_of_the_corners_the_sides_and_the_point(n: int) -> None:
    random = np.random.default_rng(n)
    anywhere = random.uniform(-0.5, 1.5, (N_POINTS, 2)).tolist()
    ways = random.uniform(0, n, N_POINTS).tolist()
    corners, inner, on_sides, of_inner, of_sides, of_corners = node(
        "views/between/polygon.js",
        f"""((corners) => {{
        const inner = {json.dumps(anywhere)}.map((point) => inside(corners, point));
        const onSides = {json.dumps(ways)}.map((way) => along(corners, way));
        const weigh = (points) => points.map((point) => weightsAt(corners, point));
        return [corners, inner, onSides, weigh(inner), weigh(onSides), weigh(corners)];
        }})(cornersOf({n}))""",
    )
    assert np.asarray(corners).shape == (n, 2)
    np.testing.assert_allclose(of_corners, np.eye(n), atol=1e-9)
    for points, weights in ((inner, of_inner), (on_sides, of_sides)):
        assert np.min(weights) >= -1e-9
        np.testing.assert_allclose(np.sum(weights, axis=1), 1)
        np.testing.assert_allclose(np.array(weights) @ np.array(corners), points, atol=1e-9)
    sides = np.floor(ways).astype(int)
    wanted = np.zeros((N_POINTS, n))
    wanted[np.arange(N_POINTS), (sides + 1) % n] = ways - sides
    wanted[np.arange(N_POINTS), sides] = 1 - (ways - sides)
    np.testing.assert_allclose(of_sides, wanted, atol=1e-9)


def test_square_mixes_bilinearly_and_keeps_points_that_are_inside() -> None:
    found = node("views/between/polygon.js", "[weightsAt(cornersOf(4), [0.2, 0.7]), inside(cornersOf(4), [0.2, 0.7])]")
    np.testing.assert_allclose(found[0], [0.8 * 0.3, 0.2 * 0.3, 0.2 * 0.7, 0.8 * 0.7])
    assert found[1] == [0.2, 0.7]
    outside: list[list[float]] = [[-1, 0.3], [0.4, 7], [2, 2]]
    found = node("views/between/polygon.js", f"{outside}.map((point) => inside(cornersOf(4), point))")
    assert np.allclose(found, np.array([[0, 0.3], [0.4, 1], [1, 1]]), atol=1e-9)
