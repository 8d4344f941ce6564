"""A backend whose images show which row they came from."""

import threading
from collections.abc import Callable, Mapping

import numpy as np

from digitgan.contract.card import Card
from digitgan.engine.backend import Images, Rows
from digitgan.engine.encoder import PictureEncoder
from tests.cards import a_card
from tests.processes import PATIENCE_S


class EchoBackend:
    """Gives every pixel of an image the first component of its latent, so that tests can tell rows apart.

    Args:
        card: card of the model version that it stands for.
        before_run: called with the rows at the start of each run, in the thread of the run; may raise or wait.
    """

    provider = "EchoProvider"
    nodes: Mapping[str, int] = {"EchoProvider": 1}
    reproduces_card = True
    is_parallel = True
    encoder: PictureEncoder | None = None

    def __init__(self, card: Card | None = None, before_run: Callable[[Rows], None] = lambda rows: None) -> None:
        self.card = card or a_card()
        self.batches: list[int] = []
        self._before_run = before_run

    def run(self, rows: Rows) -> Images:
        """Return one image per row."""
        self.batches.append(len(rows))
        self._before_run(rows)
        pixels = np.zeros((len(rows), self.card.image_height, self.card.image_width), np.uint8)
        pixels += rows.latents[:, 0].astype(np.uint8)[:, None, None]
        return Images(pixels, rows.labels if self.card.is_conditional else None)


class Gate:
    """Holds runs until it is opened, so that a test decides what waits in the queue by then."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.open = threading.Event()

    def __call__(self, rows: Rows) -> None:
        """Wait until the gate is open."""
        self.entered.set()
        assert self.open.wait(PATIENCE_S)
