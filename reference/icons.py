"""The page's icons, a digit in the service's own ink: ``python -m reference.icons``."""

from importlib.resources import files
from pathlib import Path

import digitgan
from digitgan.engine.source import Seeds
from digitgan.ink.paths import PATH_UNITS, paths
from digitgan.picture import drawing
from digitgan.picture.numbers import outlines_of
from digitgan.picture.preview import INK, PAPER, preview_of
from digitgan.png.encoder import encode

FOLDER = Path(str(files("service"))) / "static" / "icons"
DIGIT, SEED = 2, 23
DARK_INK, DARK_PAPER = "f1efeb", "1c1b19"  # the page's in dark colours
_LOWEST = 20 / 28  # of the square's height that the ink of most digits fills

# Names -> the side in pixels, and what share of it the ink fills. Android cuts a maskable icon to any shape that holds
# the middle 80 percent (W3C, "Web Application Manifest", icon masks); Apple rounds its corners.
SIZES = {
    "icon-192.png": (192, 0.74),
    "icon-512.png": (512, 0.74),
    "maskable-512.png": (512, 0.52),
    "apple-touch-icon.png": (180, 0.62),
}


def icons() -> dict[str, bytes]:
    """Return the files by name."""
    pixels = digitgan.load("digits").generate(seeds=SEED, labels=DIGIT).pixels
    found = {"icon.svg": _svg(paths(outlines_of(pixels))[0].decode(), pixels.shape[1] * PATH_UNITS)}
    for name, (side, share) in SIZES.items():
        height = round(side * share / _LOWEST)
        size = {"height": height, "canvas": (side, side)}
        picture = preview_of(str(DIGIT), INK, PAPER).model_copy(update=size)
        found[name] = encode(drawing.page(picture, pixels, Seeds([SEED]))[None], palette=picture.palette)[0]
    return found


def _svg(path: str, side: int) -> bytes:
    """Return a favicon that follows the browser's colours."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}">'
        f"<style>rect{{fill:#{PAPER}}}path{{fill:#{INK}}}"
        f"@media(prefers-color-scheme:dark){{rect{{fill:#{DARK_PAPER}}}path{{fill:#{DARK_INK}}}}}</style>"
        f'<rect width="{side}" height="{side}" rx="{side // 5}"/><path d="{path}"/></svg>\n'
    ).encode()


if __name__ == "__main__":
    for name, content in icons().items():
        (FOLDER / name).write_bytes(content)
        print(FOLDER / name)
