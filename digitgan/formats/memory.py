"""How much memory encoding an answer takes, and so how many of its images are encoded together."""

from functools import lru_cache
from math import prod

from digitgan.formats.format import Format
from digitgan.picture.picture import Picture

_CHUNK_BYTES_PER_IMAGE = 19 * 1024  # what a digit at scale 1 takes in the format that takes the most
_PALETTE_BYTES = 5 * 1024  # at most, in all forms that a file has at a time; 4.1 kB were measured in JSON


def measure(
    picture: Picture, format: Format, n: int, height: int, width: int, chunk_images: int, limit_bytes: int
) -> tuple[int, int]:
    """Return how many of n images of a picture are encoded together, and how much memory each of them takes.

    Args:
        picture: how the images are shown.
        format: format of the answer.
        n: number of images.
        height: rows of an image.
        width: columns of an image.
        chunk_images: maximum number of images in one chunk of a stream.
        limit_bytes: maximum memory of all images that are encoded together.

    Raises:
        InvalidPlan: the picture is too large; the error names the field.
    """
    # Clients send few kinds of requests, each many times. Numbers are long, and seldom the same.
    function = _measure if picture.numbers else _remembered
    return function(picture, format, n, height, width, chunk_images, limit_bytes)


def fitting_images(chunk_images: int, bytes_per_image: int) -> int:
    """Return how many images go into a chunk of a stream: fewer if each takes more memory than a digit, at least one.

    Args:
        chunk_images: maximum number of images in one chunk.
        bytes_per_image: maximum memory that encoding an image takes.
    """
    return min(chunk_images, max(1, _CHUNK_BYTES_PER_IMAGE * chunk_images // bytes_per_image))


def _measure(
    picture: Picture, format: Format, n: int, height: int, width: int, chunk_images: int, limit_bytes: int
) -> tuple[int, int]:
    held_images = n
    if format.is_streamed and not picture.numbers:
        picture.check_stream(n, height, width)
        bytes_per_image = prod(picture.cell(height, width)) * picture.channels * format.bytes_per_pixel
        held_images = min(n, fitting_images(chunk_images, bytes_per_image))
    drawn = picture.without_margins() if format.is_vector else picture
    n_pixels = drawn.check(held_images, height, width)
    if format.max_side is not None:
        picture.check_sides(n, height, width, format.max_side)
    palette_bytes = held_images * _PALETTE_BYTES if picture.palette else 0
    n_bytes = n_pixels * format.bytes_per_pixel + palette_bytes
    if n_bytes > limit_bytes:
        limit = max(0, limit_bytes - palette_bytes) // format.bytes_per_pixel
        raise picture.too_large(n, n_pixels, f"{limit:,} in this format")
    return held_images, -(-n_bytes // held_images)


_remembered = lru_cache(maxsize=256)(_measure)
