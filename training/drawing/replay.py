"""The theory of GANs told with a run's own figures: cross-entropy, divergences, the min-max game, and why 50 %."""

from collections.abc import Sequence

import numpy as np

from .. import history
from ..losses import LOG_2, LOSSES, Loss
from . import page
from .charts import Curve, Level, line_chart
from .theory import Equilibrium, cross_entropy, equilibrium, kl_divergence, variation

GUESSES = np.linspace(0.01, 0.99, 99).tolist()
_P = 0.2  # the coin in the textbook's figure


def sections(loss_name: str, lines: list[history.Line]) -> list[str]:
    """Return the part of a report that explains the theory.

    Args:
        loss_name: of the run's loss.
        lines: at least one line of the history, with losses and accuracy.
    """
    loss = LOSSES[loss_name]
    at = [line["iteration"] for line in lines]
    found = [each for line in lines if (each := equilibrium(loss, line["discriminator_loss"]))]
    parts = [
        "<h2>The theory, replayed</h2>",
        "<p>The discriminator guesses whether an image is real; its loss is the cross-entropy between the truth and "
        "its guess. If it knows nothing, it answers one half each time and loses log 2 = 0.693. How far below that it "
        "gets is a measure of how different real and generated images are.</p>",
        _coins(),
    ]
    subject = "pairs (real, generated)" if loss.accuracy_counts == "pairs" else "images"
    if not found:
        note = f"<p>This run's loss, <code>{loss.name}</code>, is not a cross-entropy: it proves no JS divergence.</p>"
        return [*parts, note, *_variation(loss, at, lines), *_why_half(lines[-1], subject)]
    last = found[-1]
    game = page.figure(
        game_chart(at, found),
        "min over G, max over D of E log D(x) + E log(1 - D(G(z))), with this run's own D. The discriminator pushes "
        "it up towards 0, the generator pushes it down to -log 4 = -1.386, where D knows nothing.",
    )
    divergence = page.figure(
        line_chart(
            "Jensen-Shannon divergence",
            [Curve("JS, at least", at, [each.divergence for each in found])],
            levels=[Level(LOG_2, "told apart for certain: log 2")],
            y_range=(0.0, 1.08 * LOG_2),
        ),
        f"Jensen-Shannon divergence of {subject} that this discriminator proves: log 2 minus its loss. At the end it "
        f"is at least {last.divergence:.3f} of 0.693. This is a lower bound: a better discriminator may see more.",
    )
    return [*parts, page.pair(game, divergence), *_why_half(lines[-1], subject)]


def _variation(loss: Loss, at: list[int], lines: list[history.Line]) -> list[str]:
    """Return the chart of the total variation distance that the discriminator proves, if its loss proves one."""
    found = [each for line in lines if (each := variation(loss, line["discriminator_loss"])) is not None]
    if not found:
        return []
    chart = line_chart(
        "Total variation distance", [Curve("TV, at least", at, found)], y_range=(0.0, 1.0), is_share=True
    )
    subject = (
        "pairs (real, generated) and (generated, real)" if loss.compares == "pairs" else "real and generated images"
    )
    caption = (
        f"Total variation distance of {subject} that this discriminator proves: 1 minus its loss divided by "
        f"{loss.undecided:g}, the loss of a discriminator that knows nothing. At the end it is at least "
        f"{found[-1]:.1%}. This is a lower bound."
    )
    return [page.pair(page.figure(chart, caption))]


def losses_chart(lines: Sequence[history.Line]) -> str:
    """Return both networks' losses over a run's iterations."""
    at = [line["iteration"] for line in lines]
    names = {"discriminator": "discriminator_loss", "generator": "generator_loss"}
    return line_chart("Losses", [Curve(name, at, [line[key] for line in lines]) for name, key in names.items()])


def accuracy_chart(lines: Sequence[history.Line]) -> str:
    """Return the discriminator's accuracy over a run's iterations."""
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
    """Return the cross-entropy of a guess, for a real and for a generated image."""
    return line_chart(
        "Cross-entropy of a guess",
        [
            Curve("it is real: -log D", GUESSES, [cross_entropy(1.0, value) for value in GUESSES]),
            Curve("it is generated: -log(1 - D)", GUESSES, [cross_entropy(0.0, value) for value in GUESSES]),
        ],
        levels=[Level(LOG_2, "knowing nothing: log 2")],
        x_name="answer D",
    )


def divergence_chart() -> str:
    """Return the divergence of two coins, in both directions."""
    return line_chart(
        f"Divergence of two coins at p = {_P}",
        [
            Curve(f"KL(p || q), p = {_P}", GUESSES, [kl_divergence(_P, value) for value in GUESSES]),
            Curve("KL(q || p)", GUESSES, [kl_divergence(value, _P) for value in GUESSES]),
        ],
        x_name="belief q",
    )


def _coins() -> str:
    """Return the charts of a guess's cross-entropy and of two coins' divergence."""
    return page.pair(
        page.figure(entropy_chart(), "The cost of a guess D from 0 to 1. Being sure and wrong costs most."),
        page.figure(
            divergence_chart(),
            f"Kullback-Leibler divergence of a coin with p = {_P} and one with q, against q: 0 only at q = p, and "
            "different in the two directions. The Jensen-Shannon divergence, the mean divergence of both coins from "
            "the coin halfway between them, is symmetric.",
        ),
    )


def _why_half(last: history.Line, subject: str) -> list[str]:
    """Return why equilibrium means an accuracy of one half, and why one half does not mean equilibrium."""
    distance = max(2 * last["discriminator_accuracy"] - 1, 0.0)
    return [
        "<h3>Why 50 %</h3>",
        "<p>The best possible discriminator answers p_real(x) / (p_real(x) + p_generated(x)). If the two densities are "
        "equal, that is one half everywhere, and the discriminator is right half of the time. An accuracy of a shows "
        "that the two differ by at least 2a - 1 in total variation: this run ended at "
        f"{last['discriminator_accuracy']:.1%}, so its {subject} still differ by at least {distance:.1%}.</p>",
        "<p>The converse does not hold. A discriminator that has stopped learning is at 50 % as well, and so is one "
        "that is fooled by a generator that cycles through three digits. That is why a judge that takes no part in the "
        "game watches: it counts classes and duplicates, and measures the distance.</p>",
        "<ul class=soft><li>The bounds hold for images that the discriminator has not memorised. That is not quite "
        "true of training images, so the figures may be a little high.</li><li>The figures are means over many "
        "iterations, of a discriminator that changed meanwhile, on the generator's fakes at that moment.</li></ul>",
    ]
