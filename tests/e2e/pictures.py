"""The pixels of pictures that the page shows, beside those of the service."""

import io
from base64 import b64decode
from time import monotonic, sleep

import httpx
from PIL import Image
from playwright.sync_api import Page

from tests.processes import PATIENCE_S

Pixels = tuple[int, int, bytes]
DRAWING = "#drawing"


def picture(page: Page, image: str = DRAWING) -> Pixels:
    """Return the pixels of the picture that an element shows; the content policy forbids fetching its bytes."""
    shown = page.evaluate(
        """(image) => {
            const picture = document.querySelector(image);
            if (!picture.naturalWidth) return null;
            const canvas = new OffscreenCanvas(picture.naturalWidth, picture.naturalHeight);
            const context = canvas.getContext("2d");
            context.drawImage(picture, 0, 0);
            const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
            const grey = data.filter((_, i) => i % 4 === 0);
            return [canvas.width, canvas.height, btoa(Array.from(grey, (each) => String.fromCharCode(each)).join(""))];
        }""",
        image,
    )
    return (shown[0], shown[1], b64decode(shown[2])) if shown else (0, 0, b"")


def pixels(png: bytes) -> Pixels:
    with Image.open(io.BytesIO(png)) as opened:
        return (*opened.size, opened.convert("L").tobytes())


def shows(page: Page, expected: Pixels, image: str = DRAWING, grey_levels: int = 0) -> None:
    """Wait until an element shows the expected pixels, each to within some grey levels; fail if it never does."""
    deadline = monotonic() + PATIENCE_S
    while not _is_like(picture(page, image), expected, grey_levels):
        assert monotonic() < deadline, "the picture never became the expected one"
        sleep(0.05)


def _is_like(shown: Pixels, expected: Pixels, grey_levels: int) -> bool:
    pairs = zip(shown[2], expected[2], strict=False)
    return shown[:2] == expected[:2] and all(abs(one - other) <= grey_levels for one, other in pairs)


def at(service: httpx.Client, address: str) -> Pixels:
    return pixels(service.get(address).raise_for_status().content)
