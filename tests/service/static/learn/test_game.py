"""The live game in node: the same from the same seed, balanced when it is fair, collapsed when told to."""

from tests.service.static.modules import node

PLAY = """((rules, n) => {
    const game = new Game(rules);
    for (let i = 0; i < n; i++) game.step();
    const { points, field, ...rest } = game.snapshot();
    return { ...rest, points: Array.from(points), field: Array.from(field) }; })"""


def test_same_seed_plays_the_same_game_and_another_does_not() -> None:
    first, again, other = node("learn/game.js", f"[1, 1, 2].map((seed) => {PLAY}({{ ...USUAL, seed }}, 20))")
    assert first == again
    assert first["points"] != other["points"]
    assert first["iteration"] == 20
    assert len(first["points"]) == 800
    assert all(0 <= each <= 1 for each in first["field"])


def test_fair_game_ends_in_equilibrium() -> None:
    found = node("learn/game.js", f"{PLAY}(USUAL, 1500)")
    assert found["modes"] == 8
    assert 0.45 <= found["accuracy"] <= 0.6


def test_generator_that_moves_ten_times_collapses() -> None:
    found = node("learn/game.js", f"{PLAY}(COLLAPSE, 200)")
    assert found["modes"] <= 2


def test_every_loss_can_be_played_with_and_without_the_penalty() -> None:
    play = f"({PLAY})({{ ...USUAL, loss, penalty }}, 10)"
    losses = ["bce", "formula", "least-squares", "relativistic"]
    found = node("learn/game.js", f"{losses}.flatMap((loss) => [0, 1].map((penalty) => {play}))")
    assert len({tuple(each["points"]) for each in found}) == 8
    assert all(each["discriminatorLoss"] > 0 for each in found)


def test_cluster_is_found_with_a_quarter_of_its_fair_share() -> None:
    at = "Array.from({ length: 64 }, (_, i) => CENTRES[i < %d ? 0 : 1]).flat()"
    found = node("learn/game.js", f"[0, 1, 2, 62, 63, 64].map((n) => modesOf({at.replace('%d', 'n')}))")
    assert found == [1, 1, 2, 2, 1, 1]
