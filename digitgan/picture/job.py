"""One request for pictures, validated and ready to run."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from digitgan.contract.card import Card
from digitgan.engine.encoding_lanes import EncodingLanes
from digitgan.engine.engine import Generated
from digitgan.engine.plan import Plan
from digitgan.picture.picture import Picture

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Everything that is known about an answer before its first image.

    Attributes:
        card: card of the model version that answers.
        plan: the images to generate.
        picture: how they are shown.
        keys: the request fields that name the key images of an interpolation from seeds; None otherwise.
        is_marked_by_setting: whether the file is marked as generated because of a setting alone, not by the request.
        is_random: whether the seeds were drawn for this answer, so that the same request would give other images.
        root: what precedes the paths of addresses, such as "/services/digits".
        bytes_per_image: maximum memory that encoding an image takes, or a number if the plan has numbers.
        chunk_images: maximum number of images, or of the plan's numbers, that are encoded together.
        lanes: execute the encodings; None for a job whose images are encoded where it is called.
    """

    card: Card
    plan: Plan
    picture: Picture
    keys: Mapping[str, Any] | None = None
    is_marked_by_setting: bool = False
    is_random: bool = False
    root: str = ""
    bytes_per_image: int = 0
    chunk_images: int = sys.maxsize
    lanes: EncodingLanes | None = None

    async def encode_aside(
        self,
        function: Callable[["Job", Generated], T],
        generated: Generated,
        *,
        is_slow: bool = False,
    ) -> T:
        """Return function(job, generated), called in the event loop for few images, or else in a thread.

        Args:
            function: encodes images.
            generated: the images.
            is_slow: call it in a thread even for one image.
        """
        if self.lanes is None:
            return function(self, generated)
        n_bytes = min(len(generated.source), self.chunk_images) * self.bytes_per_image
        return await self.lanes.run(n_bytes, partial(function, self, generated), is_slow=is_slow)
