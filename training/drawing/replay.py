"""Knows how the theory of the game is told with a run's own figures: cross-entropy, divergences, min-max, 50 %.

Does not know where the figures came from; what they prove is computed in `training.drawing.theory`.
"""

from collections.abc import Sequence

import numpy as np

from training import history
from training.drawing import page
from training.drawing.charts import Curve, Level, line_chart
from training.drawing.theory import (
    LOG_2,
    Equilibrium,
    cross_entropy,
    hinge_variation,
    is_paired,
    kl_divergence,
    read_off,
)

GUESSES = np.linspace(0.01, 0.99, 99).tolist()
_P = 0.2  # the coin of the textbook's picture


def sections(loss: str, lines: list[history.Line]) -> list[str]:
    """Return the theory's part of a report.

    Args:
        loss: a key of `training.losses.LOSSES`.
        lines: of the history, with losses and accuracy, at least one.
    """
    at = [line["iteration"] for line in lines]
    read = [read_off(loss, line["discriminator_loss"]) for line in lines]
    found = [each for each in read if each is not None]
    parts = [
        "<h2>The theory, replayed</h2>",
        "<p>The discriminator guesses whether an image is real; its loss is the cross-entropy between the truth and "
        "its guess. Knowing nothing, it says one half each time and loses log 2 = 0.693. How far below that it gets "
        "is a measure of how different real and generated images are.</p>",
        _coins(),
    ]
    subject = "pairs (real, generated)" if is_paired(loss) else "images"
    if not found:
        note = f"<p>This run's loss, <code>{loss}</code>, is no cross-entropy: it proves no JS divergence.</p>"
        distance = [page.pair(_hinge(at, lines))] if loss == "hinge" else []
        return [*parts, note, *distance, *_equilibrium(lines[-1], subject)]
    last = found[-1]
    game = page.figure(
        game_chart(at, found),
        "min over G, max over D of E log D(x) + E log(1 - D(G(z))), with this run's own D. The discriminator pushes "
        "it up towards 0, the generator down to -log 4 = -1.386, where D knows nothing.",
    )
    divergence = page.figure(
        line_chart(
            "Jensen-Shannon divergence",
            [Curve("JS, at least", at, [each.divergence for each in found])],
            levels=[Level(LOG_2, "told apart for certain: log 2")],
            y_range=(0.0, 1.08 * LOG_2),
        ),
        f"Jensen-Shannon divergence of {subject} as this discriminator proves it: log 2 minus its loss. At the end at "
        f"least {last.divergence:.3f} of 0.693. A lower bound: a better discriminator may see more.",
    )
    return [*parts, page.pair(game, divergence), *_equilibrium(lines[-1], subject)]


def _hinge(at: list[int], lines: list[history.Line]) -> str:
    """Return what the hinge loss proves."""
    found = [hinge_variation(line["discriminator_loss"]) for line in lines]
    return page.figure(
        line_chart("Total variation distance", [Curve("TV, at least", at, found)], y_range=(0.0, 1.0), is_share=True),
        "Total variation distance of real and generated images as this discriminator proves it: 1 minus half its hinge "
        f"loss, {found[-1]:.1%} at the end. A lower bound; a loss of 2 is knowing nothing.",
    )


def losses_chart(lines: Sequence[history.Line]) -> str:
    """Return both networks' losses over a run's iterations."""
    at = [line["iteration"] for line in lines]
    names = {"discriminator": "discriminator_loss", "generator": "generator_loss"}
    return line_chart("Losses", [Curve(name, at, [line[key] for line in lines]) for name, key in names.items()])


def accuracy_chart(lines: Sequence[history.Line]) -> str:
    """Return the share that the discriminator tells apart over a run's iterations."""
    at = [line["iteration"] for line in lines]
    return line_chart(
        "Discriminator accuracy",
        [Curve("discriminator accuracy", at, [line["discriminator_accuracy"] for line in lines])],
        levels=[Level(0.5, "equilibrium: 50 %")],
        y_range=(0.0, 1.0),
        is_share=True,
    )


def game_chart(at: Sequence[int], found: Sequence[Equilibrium]) -> str:
    """Return the value of the game over a run's iterations."""
    return line_chart(
        "Value of the min-max game",
        [Curve("value of the game", at, [each.value for each in found])],
        levels=[Level(-2 * LOG_2, "equilibrium: -log 4")],
    )


def entropy_chart() -> str:
    """Return what a guess costs."""
    return line_chart(
        "Cross-entropy of a guess",
        [
            Curve("it is real: -log D", GUESSES, [cross_entropy(1.0, value) for value in GUESSES]),
            Curve("it is generated: -log(1 - D)", GUESSES, [cross_entropy(0.0, value) for value in GUESSES]),
        ],
        levels=[Level(LOG_2, "knowing nothing: log 2")],
        y_range=(0.0, 4.0),
        x_name="answer D",
    )


def divergence_chart() -> str:
    """Return the divergence of two coins, both ways round."""
    return line_chart(
        f"Divergence of two coins at p = {_P}",
        [
            Curve(f"KL(p || q), p = {_P}", GUESSES, [kl_divergence(_P, value) for value in GUESSES]),
            Curve("KL(q || p)", GUESSES, [kl_divergence(value, _P) for value in GUESSES]),
        ],
        y_range=(0.0, 2.0),
        x_name="belief q",
    )


def _coins() -> str:
    """Return cross-entropy and divergence of two coins."""
    return page.pair(
        page.figure(entropy_chart(), "What a guess D, from 0 to 1, costs. Being sure and wrong costs most."),
        page.figure(
            divergence_chart(),
            f"Kullback-Leibler divergence of a coin with p = {_P} and one with q, against q: 0 only at q = p, and "
            "not the same both ways round. Jensen-Shannon, the mean of both to the coin halfway, is.",
        ),
    )


def _equilibrium(last: history.Line, subject: str) -> list[str]:
    """Return why one half, and why one half is not enough."""
    variation = max(2 * last["discriminator_accuracy"] - 1, 0.0)
    return [
        "<h3>Why 50 %</h3>",
        "<p>The best possible discriminator answers p_real(x) / (p_real(x) + p_generated(x)). If both are alike "
        "everywhere, that is one half everywhere, and it is right half of the time. An accuracy of a shows that the "
        f"two differ by at least 2a - 1 in total variation: this run ended at {last['discriminator_accuracy']:.1%}, so "
        f"its {subject} still differ by at least {variation:.1%}.</p>",
        "<p>The converse does not hold. A discriminator that has stopped learning is at 50 % as well, and so is one "
        "that is fooled in turns by a generator that knows three digits. That is why a judge from outside looks "
        "on: it counts classes and duplicates, and measures the distance.</p>",
        "<ul class=soft><li>The bounds hold for images that the discriminator has not learned by heart; training "
        "images are not quite that, so early figures may be a little high.</li><li>Figures are means over many "
        "iterations, of a discriminator that changed on the way, on the generator's fakes of that moment.</li></ul>",
    ]
