"""A backend that runs one model version in one onnxruntime session, after checking the graph against its card."""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitgan.contract.card import Card, Golden
from digitgan.contract.errors import ModelRefused
from digitgan.contract.latents import seeds_to_latents
from digitgan.engine.backend import Images, ProviderName, Rows
from digitgan.engine.device_buffers import DeviceBuffers
from digitgan.engine.encoder import PictureEncoder
from digitgan.engine.plan import OWN_CLASS
from digitgan.engine.providers import Tensors, check_contract, device_of, nodes_by_provider, open_session

_ROUNDED_SHARE = 0.01  # of an image's pixels; rounding in another order moves a few, and by one grey level nearly all


class OnnxBackend:
    """One model version on one execution provider.

    Args:
        card: the model version's card.
        content: the ONNX file, already verified against the card.
        provider: the execution provider.
        threads: number of processors for runs.
        batch_images: maximum number of rows in a run. One such run happens here, so that all memory is allocated before
            the first request; on a device, one of each size that its buffers have.
        encoder: finds the latents of pictures, if the version has an encoder.

    Raises:
        ModelRefused: the graph cannot be loaded or run, or its inputs and outputs are not those of the card.
        ProviderInactive: the named provider did not become active.
    """

    def __init__(
        self,
        card: Card,
        content: bytes,
        *,
        provider: ProviderName,
        threads: int,
        batch_images: int,
        encoder: PictureEncoder | None = None,
    ) -> None:
        self._card = card
        self._encoder = encoder
        self._session = open_session(content, provider, threads)
        self._nodes = nodes_by_provider(self._session)
        self._outputs = ["image", "class"] if card.is_conditional else ["image"]
        self._check_contract()
        device = device_of(self._session)
        self._buffers = DeviceBuffers(self._session, self._outputs, device) if device else None
        self._warm_up(batch_images)
        self._reproduces_card = all(self._reproduces(golden) for golden in card.golden)

    @property
    def card(self) -> Card:
        """The card of the model version that this runs."""
        return self._card

    @property
    def provider(self) -> str:
        """The execution provider that the session reports as active."""
        return str(self._session.get_providers()[0])

    @property
    def nodes(self) -> Mapping[str, int]:
        """How many nodes of the graph each execution provider runs, as the session reports it."""
        return self._nodes

    @property
    def is_parallel(self) -> bool:
        """Whether a run uses one processor only, so that concurrent runs are faster than consecutive ones."""
        return self.provider == "CPUExecutionProvider"

    @property
    def reproduces_card(self) -> bool:
        """Whether the card's golden seeds gave the card's pixels on this machine."""
        return self._reproduces_card

    @property
    def encoder(self) -> PictureEncoder | None:
        """What finds the latents of pictures; None for a version without an encoder of its own."""
        return self._encoder

    def run(self, rows: Rows) -> Images:
        """Return one image per row, each a function of its row alone."""
        feeds: dict[str, NDArray[Any]] = {"latent": rows.latents, "truncation": rows.truncation}
        if self._card.is_conditional:
            feeds["label"] = rows.labels
        outputs = self._buffers.run(feeds) if self._buffers else self._session.run(self._outputs, feeds)
        return Images(outputs[0], outputs[1] if self._card.is_conditional else None)

    def _check_contract(self) -> None:
        card = self._card
        inputs: Tensors = {"latent": ("tensor(float)", [card.latent_size]), "truncation": ("tensor(float)", [])}
        outputs: Tensors = {"image": ("tensor(uint8)", [*card.image_shape])}
        if card.is_conditional:
            inputs["label"] = outputs["class"] = ("tensor(int64)", [])
        check_contract(self._session, f"model {card.model!r}", inputs, outputs)

    def _warm_up(self, batch_images: int) -> None:
        """Run the last row of a batch alone and then the batch; raise ModelRefused unless the row gives the same."""
        n, card = batch_images, self._card
        labels = np.arange(n) % (card.n_classes + 1) + OWN_CLASS  # no two rows are alike in any input
        rows = Rows(seeds_to_latents(range(n), card.latent_size), labels, np.linspace(1, 0.5, n, dtype=np.float32))
        last = rows.part(n - 1, n)
        self._check_company(self._checked_run(last), self._checked_run(rows).part(n - 1, n))
        if self._buffers:
            for size in range(1, n.bit_length()):
                self._checked_run(rows.part(0, 1 << size))

    def _checked_run(self, rows: Rows) -> Images:
        n, card = len(rows), self._card
        try:
            images = self.run(rows)
        except Exception as error:  # onnxruntime's exceptions share no narrower public base
            raise ModelRefused(f"model {card.model!r} fails with {n} rows: {error}") from error
        expected = (n, *card.image_shape)
        if images.pixels.shape != expected:
            found = images.pixels.shape
            raise ModelRefused(f"model {card.model!r} returns images of shape {found}, but its card says {expected}")
        return images

    def _check_company(self, alone: Images, together: Images) -> None:
        differences = np.abs(alone.pixels.astype(np.int16) - together.pixels)
        n_different = int((differences > 1).sum())
        if n_different > _ROUNDED_SHARE * differences.size:
            fault = f"{n_different:,} of {differences.size:,} pixels differ, by up to {differences.max()} grey levels"
        elif alone.labels is not None and together.labels is not None and alone.labels[0] != together.labels[0]:
            fault = f"its class is {alone.labels[0]} alone and {together.labels[0]} in company"
        else:
            return
        raise ModelRefused(
            f"model {self._card.model!r} draws a row otherwise alone than in a batch: {fault}; each row must depend on "
            "its own inputs alone, so export the model in evaluation mode, in which batch normalisation uses its "
            "running statistics"
        )

    def _reproduces(self, golden: Golden) -> bool:
        label = OWN_CLASS if golden.label is None else golden.label
        rows = Rows(
            seeds_to_latents([golden.seed], self._card.latent_size),
            np.array([label], np.int64),
            np.ones(1, np.float32),
        )
        return hashlib.sha256(self.run(rows).pixels.tobytes()).hexdigest() == golden.pixels_sha256
