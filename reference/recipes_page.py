"""The generated parts of docs/recipes.md: what each recipe is, how it differs, its size, and its loss."""

import inspect
import math
import re

from torch import nn

from reference.tables import cell, table
from training.graphs.folding import folded
from training.graphs.graph import ServedGenerator, multiply_adds
from training.losses import LOSSES, Loss
from training.recipes.catalogue import RECIPES

_PROVES = {
    "divergence": "Jensen-Shannon divergence",
    "variation": "total variation distance",
    None: "",
}


def overview() -> str:
    """Return a table of the recipes with their losses and sources."""
    rows = [
        (f"`{name}`", cell(recipe.description), f"[`{recipe.loss}`](#losses)", cell(recipe.source))
        for name, recipe in RECIPES.items()
    ]
    return table(("recipe", "what it is", "loss", "source"), rows)


def differences() -> str:
    """Return what each recipe's file says about how it differs from public versions."""
    return "".join(f"- `{name}`: {_notes(name)}\n" for name in RECIPES)


def _notes(name: str) -> str:
    """Return a recipe's docstring from its second paragraph on, with links to the documents that it names."""
    text = inspect.cleandoc(RECIPES.module(name).__doc__ or "").partition("\n\n")[2]
    return re.sub(r"docs/([\w./-]+\.md)", r"[\1](\1)", " ".join(text.split()))


def sizes() -> str:
    """Return a table of the recipes' sizes and lengths."""
    rows = []
    for name, recipe in RECIPES.items():
        generator, discriminator = recipe.generator.build(), recipe.discriminator.build()
        graph = ServedGenerator(folded(generator))
        figures = (_count(generator), _count(discriminator), multiply_adds(graph), recipe.batch_size, recipe.iterations)
        rows.append((f"`{name}`", *(f"{figure:,}" for figure in figures)))
    return table(("recipe", "generator", "discriminator", "multiply-adds", "batch", "iterations"), rows)


def _count(network: nn.Module) -> int:
    return sum(weight.numel() for weight in network.parameters())


def losses() -> str:
    """Return a table of the losses: what they compare, what their values mean and which recipes use them."""
    head = ("loss", "discriminator compares", "undecided", "at least", "accuracy counts", "proves", "recipes", "source")
    return table(head, [_row(loss) for loss in LOSSES.values()])


def _row(loss: Loss) -> tuple[str, ...]:
    return (
        f"`{loss.name}`",
        loss.compares,
        f"{loss.undecided:.4g}",
        "no bound" if loss.least == -math.inf else f"{loss.least:g}",
        loss.accuracy_counts,
        _PROVES[loss.proves],
        ", ".join(f"`{name}`" for name, recipe in RECIPES.items() if recipe.loss == loss.name),
        cell(f"{loss.title}. {loss.source}"),
    )
