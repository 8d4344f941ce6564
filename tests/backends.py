"""Knows a backend whose pictures say which row they came from. Does not know onnxruntime."""

import threading
from collections.abc import Callable, Mapping

import numpy as np

from digitgan.contract.card import Card
from digitgan.engine.backend import Images, Rows
from tests.cards import a_card
from tests.processes import PATIENCE_S


class EchoBackend:
    """Gives every pixel of an image its latent's first component, so that a wrong row cannot pass for the right one.

    Args:
        card: whose model it pretends to be.
        before_run: called with the batch at the start of each run, in the model's thread; may raise or wait.
    """

    provider = "EchoProvider"
    nodes: Mapping[str, int] = {"EchoProvider": 1}
    reproduces_card = True
    is_parallel = True

    def __init__(self, card: Card | None = None, before_run: Callable[[Rows], None] = lambda rows: None) -> None:
        self.card = card or a_card()
        self.batches: list[int] = []
        self._before_run = before_run

    def run(self, rows: Rows) -> Images:
        """Return one image a row."""
        self.batches.append(len(rows))
        self._before_run(rows)
        pixels = np.zeros((len(rows), self.card.image_height, self.card.image_width), np.uint8)
        pixels += rows.latents[:, 0].astype(np.uint8)[:, None, None]
        return Images(pixels, rows.labels if self.card.is_conditional else None)


class Gate:
    """Holds the first run until it is opened, so that a test decides what waits in the line by then."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.open = threading.Event()

    def __call__(self, rows: Rows) -> None:
        """Wait to be opened."""
        self.entered.set()
        assert self.open.wait(PATIENCE_S)
