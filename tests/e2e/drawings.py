"""Twenty drawings of digits as scripts of strokes, and how a browser's pen or a camera puts them before the page."""

import io
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from playwright.sync_api import FilePayload, Page

Point = tuple[float, float]
_PARTS = 8  # of the curve from each point of a script to the next
_PEN = 1 / 13  # width of a pen's line on a photo, of its height


@dataclass(frozen=True)
class Drawing:
    """A digit as it is written, in a square of side 1; y grows downwards.

    Args:
        name: what it looks like.
        digit: what it shows.
        strokes: points of each, through which the pen goes in curves; a point given twice is a corner.
        slant: how far the top leans to the right, of the height.
        size: height, of the paper's.
        at: centre on the paper.
        pressure: 0 to 1, of a pen; without it, a mouse writes.
        shake: standard deviation of the hand's tremor, of the height.
        made: on the page's paper, or as a photo of paper in uneven light, or of a black board.
    """

    name: str
    digit: int
    strokes: list[list[Point]]
    slant: float = 0
    size: float = 0.8
    at: Point = (0.5, 0.5)
    pressure: float | None = None
    shake: float = 0
    made: Literal["page", "photo", "board"] = "page"

    def paths(self) -> list[list[Point]]:
        """Return the way of the pen on the paper, in many short steps for each stroke."""
        random = np.random.default_rng(len(self.name))
        paths = []
        for stroke in self.strokes:
            path = np.array(_curve(stroke)) - 0.5
            path += random.normal(0, self.shake, path.shape) if self.shake else 0
            path[:, 0] -= self.slant * path[:, 1]
            paths.append([(float(x), float(y)) for x, y in self.size * path + self.at])
        return paths

    def photo(self, side: int = 640) -> bytes:
        """Return a JPEG of the drawing on paper in uneven light, or of chalk on a board."""
        ink = Image.new("L", (side, side))
        pen = ImageDraw.Draw(ink)
        width = _PEN * side * 0.7
        for path in self.paths():
            points = [(side * x, side * y) for x, y in path]
            pen.line(points, fill=255, width=round(width), joint="curve")
            for x, y in points:
                pen.ellipse((x - width / 2, y - width / 2, x + width / 2, y + width / 2), fill=255)
        covered = np.asarray(ink.filter(ImageFilter.GaussianBlur(1.5)), np.float64) / 255
        down, across = np.mgrid[0:side, 0:side] / side
        light = 0.55 + 0.45 * (1 - np.hypot(across - 0.2, down - 0.1) / math.sqrt(2))
        paper, pigment = (25, 235) if self.made == "board" else (225, 50)
        grey = (paper + (pigment - paper) * covered) * (1 if self.made == "board" else light)
        grey += np.random.default_rng(1).normal(0, 4, grey.shape)
        content = io.BytesIO()
        Image.fromarray(grey.clip(0, 255).astype(np.uint8)).save(content, "JPEG", quality=80)
        return content.getvalue()


def _curve(points: list[Point]) -> list[Point]:
    """Return a curve through all points: a Catmull-Rom spline, straight towards points that are given twice."""
    ends = [points[0], *points, points[-1]]
    curve = [points[0]]
    for before, start, end, after in zip(ends, ends[1:], ends[2:], ends[3:], strict=False):
        for step in range(1, _PARTS + 1):
            t = step / _PARTS
            curve.append(
                tuple(
                    0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
                    for a, b, c, d in zip(before, start, end, after, strict=True)
                )  # type: ignore[arg-type]
            )
    return curve


DRAWINGS = [Drawing(**each) for each in json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))]


def draw(page: Page, drawing: Drawing) -> None:
    """Put a drawing before the page's view of hands: by mouse or pen on its paper, or as a photo that is chosen."""
    if drawing.made != "page":
        file = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": drawing.photo()}
        page.locator("#photo").set_input_files(file)  # type: ignore[arg-type]
        return
    box = page.locator("#paper").bounding_box()
    assert box is not None
    pen = {"pointerType": "mouse"} if drawing.pressure is None else {"pointerType": "pen", "force": drawing.pressure}
    browser = page.context.new_cdp_session(page)  # Playwright's own mouse has no pressure
    for path in drawing.paths():
        kinds = ["mousePressed", *["mouseMoved"] * (len(path) - 2), "mouseReleased"]
        for kind, (x, y) in zip(kinds, path, strict=True):
            place = {"x": box["x"] + box["width"] * x, "y": box["y"] + box["height"] * y}
            browser.send(
                "Input.dispatchMouseEvent",
                {"type": kind, "button": "left", "buttons": 1, "clickCount": 1, **place, **pen},
            )
    browser.detach()


def give(page: Page, content: bytes, how: str = "choose") -> None:
    """Give the page a file as a photo: chosen, or in an event `drop` or `paste`."""
    if how == "choose":
        file: FilePayload = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": content}
        page.get_by_label("Choose a photo", exact=True).set_input_files(file)
        return
    page.evaluate(
        """([event, content]) => {
            const clipboardData = new DataTransfer();
            clipboardData.items.add(new File([Uint8Array.from(content)], "photo.jpg", { type: "image/jpeg" }));
            const about = { bubbles: true, cancelable: true, clipboardData, dataTransfer: clipboardData };
            const kind = event === "drop" ? DragEvent : ClipboardEvent;
            document.querySelector("#paper").dispatchEvent(new kind(event, about));
        }""",
        [how, list(content)],
    )
