"""A data set at an address, read in ranges and in an order that a seed decides."""

import struct
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal
from urllib.parse import urljoin

import numpy as np
from numpy.typing import NDArray

from digitgan.api.pytorch import Base, iterable, rank, shared_integer, worker
from digitgan.api.ranges import RangeFile

_HEADS = {"images": struct.Struct(">IIII"), "labels": struct.Struct(">II")}  # of IDX files: their type, their sizes
_TYPES = {"images": 0x803, "labels": 0x801}
_MOST_BLOCKS = 4_000_000  # their order takes 32 bytes for each, in every process that reads


class RemoteStream(Base):
    """The labelled digits at an address, as the function `stream` returns them.

    Where PyTorch is installed, it is an ``IterableDataset``, whose items the workers of a loader and the processes of a
    distributed training share. An item is ``(image, label)``: uint8 (H, W), 0 black to 255 white, and an int. At most
    one block of images is in memory, and those whose items are.
    """

    def __init__(self, images: RangeFile, labels: RangeFile, *, shuffle: int | None, block: int, **maps: Any) -> None:
        self._images, self._labels = images, labels
        self._n_images, *self._shape = _sizes(images, "images")
        if _sizes(labels, "labels") != (self._n_images,):
            raise OSError(f"{labels.url} has another number of labels than {images.url} has images")
        if self._n_images > block * _MOST_BLOCKS:
            least = -(-self._n_images // _MOST_BLOCKS)
            raise ValueError(f"block: {block}; must be at least {least} for {self._n_images:,} images")
        self._shuffle, self._block, self._maps = shuffle, block, maps
        self._epoch = shared_integer()
        self._rank, self._n_ranks = rank()

    def __len__(self) -> int:
        return self._n_images // self._n_ranks

    def set_epoch(self, epoch: int) -> None:
        """Take another order from the next iteration on, also in worker processes that run already.

        Args:
            epoch: number of the order, from 0; each belongs to one order of the same seed.
        """
        self._epoch[()] = epoch

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        index, n_workers = worker()
        n = len(self)
        parts = [self._rank * n + each * n // n_workers for each in (index, index + 1)]
        change, change_label = self._maps["transform"], self._maps["target_transform"]
        for start, stop in self._blocks(*parts):
            images, labels = self._read(start, stop)
            for i in self._order(stop - start, start):
                image, label = images[i], int(labels[i])
                yield change(image) if change else image, change_label(label) if change_label else label

    def _blocks(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """Yield the ranges of images that are read one after the other.

        Args:
            first: position of the first image, in the order of the blocks.
            last: position after the last image. Blocks in which a part begins or ends are cut there.
        """
        order = self._order(-(-self._n_images // self._block))
        starts = order * self._block
        stops = np.minimum(starts + self._block, self._n_images)
        ends = np.cumsum(stops - starts)
        for i in range(int(np.searchsorted(ends, first, "right")), len(order)):
            begin = int(ends[i] - (stops[i] - starts[i]))  # position of the block's first image
            if begin >= last:
                return
            yield int(starts[i]) + max(first - begin, 0), int(starts[i]) + min(last - begin, int(stops[i] - starts[i]))

    def _order(self, n: int, start: int = -1) -> NDArray[np.int64]:
        """Return the order of n things: of all blocks, or of the images from one on.

        NumPy promises the raw numbers of its generators, but not the order in which it shuffles.
        """
        if self._shuffle is None:
            return np.arange(n)
        numbers = np.random.Philox(key=[self._shuffle, int(self._epoch)], counter=[0, 0, 0, start + 1])
        return np.argsort(numbers.random_raw(n), kind="stable")

    def _read(self, start: int, stop: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        size = int(np.prod(self._shape))
        head = _HEADS["images"].size
        images = self._images.read(head + start * size, head + stop * size)
        head = _HEADS["labels"].size
        labels = self._labels.read(head + start, head + stop)
        return np.frombuffer(images, np.uint8).reshape(-1, *self._shape), np.frombuffer(labels, np.uint8)

    def __repr__(self) -> str:
        return f"<RemoteStream of {self._images.url}: {self._n_images:,}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (self.__dict__,)  # the class with PyTorch's base is made in each process


def stream(
    address: str,
    *,
    part: Literal["train", "t10k"] = "train",
    shuffle: int | None = None,
    block: int = 1000,
    headers: Mapping[str, str] | None = None,
    timeout_s: float = 60.0,
    transform: Callable[[NDArray[np.uint8]], Any] | None = None,
    target_transform: Callable[[int], Any] | None = None,
) -> RemoteStream:
    """Return the labelled digits at an address of a service, of which only the parts are fetched that are read.

    Where PyTorch is installed, they are an ``IterableDataset``. The workers of a loader share them, and so do the
    processes of a distributed training that is initialised before this call; each process then has equally many, and
    fewer images than there are processes are left out.

    A connection that breaks is continued at the same byte. If the files change meanwhile, reading ends with an error.

    Args:
        address: of the data set, such as ``http://localhost:8000/datasets/model-digits,version-1,count-60000,seed-0/``.
        part: "train", or "t10k" for the images to test with.
        shuffle: seed of the order, 0 to 2**64 - 1; without it, images are in the order of the file. Blocks are put in
            a random order, and so are the images in each. `RemoteStream.set_epoch` takes another order.
        block: how many images are fetched and shuffled together.
        headers: headers of each request, such as Authorization.
        timeout_s: how long to wait for the next bytes, in seconds, before another attempt.
        transform: image -> what an item has instead.
        target_transform: label -> what an item has instead.

    Raises:
        ValueError: an argument is not possible; the message names it.
        OSError: there is no such data set, or its server cannot be reached.
    """
    if part not in ("train", "t10k"):
        raise ValueError(f"part: {part!r}; allowed: train, t10k")
    if block < 1:
        raise ValueError(f"block: {block}; must be at least 1")
    if shuffle is not None and not 0 <= shuffle < 2**64:
        raise ValueError(f"shuffle: {shuffle}; must be 0 to 2**64 - 1")
    images, labels = (
        RangeFile(urljoin(f"{address.rstrip('/')}/", f"{part}-{name}"), headers=headers, timeout_s=timeout_s)
        for name in ("images-idx3-ubyte", "labels-idx1-ubyte")
    )
    maps = {"transform": transform, "target_transform": target_transform}
    made: RemoteStream = iterable(RemoteStream)(images, labels, shuffle=shuffle, block=block, **maps)
    return made


def _sizes(file: RangeFile, content: str) -> tuple[int, ...]:
    """Return the sizes that the head of an IDX file names."""
    head = _HEADS[content]
    if file.size >= head.size:
        kind, *sizes = head.unpack(file.read(0, head.size))
        if kind == _TYPES[content] and file.size == head.size + int(np.prod(sizes, dtype=object)):
            return tuple(sizes)
    raise OSError(f"{file.url} is no IDX file of {content}")


def _again(state: dict[str, Any]) -> RemoteStream:
    made: RemoteStream = object.__new__(iterable(RemoteStream))
    made.__dict__.update(state)
    return made
