"""The size of a model's images, as its card has it: height, width and channels."""

from typing import Protocol

from digitgan.contract.limits import MAX_IMAGE_SIDE, MAX_PIXELS

_BYTES_OF_ONE = 4_096  # of an image that counts once; a digit of the models that come with the package has 784


class _HasSize(Protocol):
    @property
    def image_height(self) -> int: ...
    @property
    def image_width(self) -> int: ...
    @property
    def image_channels(self) -> int: ...


class ImageSize:
    """What follows from the three sides; a card has these properties."""

    @property
    def is_colour(self: _HasSize) -> bool:
        """Whether the images are RGB. All that needs ink, which is light on a ground, is refused for such a model."""
        return self.image_channels != 1

    @property
    def image_shape(self: _HasSize) -> tuple[int, ...]:
        """The shape of an image's pixels: (H, W), or (H, W, 3) in colour."""
        sides = (self.image_height, self.image_width)
        return sides if self.image_channels == 1 else (*sides, self.image_channels)

    @property
    def image_bytes(self: _HasSize) -> int:
        """The bytes of an image's pixels: H * W, or three times as many in colour."""
        return self.image_height * self.image_width * self.image_channels

    @property
    def image_weight(self: _HasSize) -> int:
        """As how many images one counts where the images that wait are bounded: 1 up to 4,096 bytes.

        So the bound on images also bounds the memory of their pixels.
        """
        return -(-self.image_height * self.image_width * self.image_channels // _BYTES_OF_ONE)


def check_image_size(size: _HasSize) -> None:
    """Raise ValueError, which names the field, if images are too large."""
    height, width = size.image_height, size.image_width
    if height * width > MAX_PIXELS:
        raise ValueError(
            f"image_height {height:,} x image_width {width:,} is more than {MAX_PIXELS:,} pixels",
        )
    if size.image_channels != 1 and max(height, width) > MAX_IMAGE_SIDE:
        name = "image_height" if height > MAX_IMAGE_SIDE else "image_width"
        raise ValueError(f"{name} must be at most {MAX_IMAGE_SIDE} in colour, not {max(height, width):,}")


def in_words(shape: tuple[int, ...]) -> str:
    """Return the shape of an image in words, such as "32 x 24" or "32 x 24 x 3"."""
    return " x ".join(map(str, shape))
