"""Drawings of digits by strokes, and photographs of them, made by code."""

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

Grey = NDArray[np.uint8]
Stroke = Sequence[tuple[float, float]]


def arc(x: float, y: float, across: float, down: float, start: float, end: float) -> list[tuple[float, float]]:
    angles = np.radians(np.linspace(start, end, 30))
    return [(float(x + across * np.cos(angle)), float(y + down * np.sin(angle))) for angle in angles]


DIGITS: dict[str, list[Stroke]] = {
    "0": [arc(0.5, 0.5, 0.2, 0.32, -90, 270)],
    "1": [[(0.5, 0.15), (0.5, 0.85)]],
    "3": [arc(0.46, 0.34, 0.18, 0.16, -160, 90) + arc(0.46, 0.66, 0.2, 0.17, -90, 160)],
    "4": [[(0.4, 0.2), (0.28, 0.55), (0.72, 0.55)], [(0.6, 0.3), (0.58, 0.85)]],
    "4 that is open": [[(0.36, 0.2), (0.25, 0.52), (0.52, 0.52)], [(0.62, 0.25), (0.6, 0.85)]],
    "5": [[(0.35, 0.2), (0.33, 0.48), *arc(0.48, 0.64, 0.2, 0.19, -120, 150)], [(0.35, 0.2), (0.7, 0.17)]],
    "5 with its bar apart": [
        [(0.35, 0.25), (0.33, 0.48), *arc(0.48, 0.64, 0.2, 0.19, -120, 150)],
        [(0.42, 0.17), (0.75, 0.13)],
    ],
    "7": [[(0.25, 0.2), (0.75, 0.2), (0.42, 0.85)], [(0.4, 0.52), (0.68, 0.52)]],
    "8": [arc(0.5, 0.35, 0.14, 0.15, -90, 270), arc(0.5, 0.66, 0.18, 0.17, -90, 270)],
}


def drawing(
    *digits: str,
    side: int = 280,
    weight: float = 16,
    ink: int = 0,
    paper: int = 255,
    size: float = 1,
    at: tuple[float, float] = (0, 0),
    apart: float = 0.7,
) -> Grey:
    """Return digits drawn side by side: uint8 (side, W).

    Args:
        digits: keys of `DIGITS`.
        side: pixels of a digit's square.
        weight: pixels across a stroke.
        ink: grey level.
        paper: grey level.
        size: of a digit, in shares of its square.
        at: where the digit's square begins, in shares of the square.
        apart: from a digit to the next, in shares of the square.
    """
    fine = 4
    image = Image.new("L", (fine * round(side * (1 + apart * (len(digits) - 1))), fine * side), paper)
    pen, radius = ImageDraw.Draw(image), fine * weight / 2
    for position, digit in enumerate(digits):
        for stroke in DIGITS[digit]:
            points = [
                (fine * side * (size * x + at[0] + apart * position), fine * side * (size * y + at[1]))
                for x, y in stroke
            ]
            pen.line(points, fill=ink, width=max(1, round(2 * radius)), joint="curve")
            for x, y in (points[0], points[-1]):
                pen.ellipse([x - radius, y - radius, x + radius, y + radius], fill=ink)
    return np.asarray(image.resize((image.width // fine, image.height // fine), Image.Resampling.BOX))


def photograph(
    drawn: Grey, seed: int = 0, *, angle: float = 1.0, noise: float = 6, shadow: bool = False, chalk: bool = False
) -> Grey:
    """Return a drawing of black on white as a camera takes it: on uneven paper, blurred, with noise, as a JPEG.

    Args:
        drawn: uint8 (H, W).
        seed: of the noise.
        angle: of the light, in radians.
        noise: standard deviation in grey levels.
        shadow: whether a straight shadow falls on it.
        chalk: whether ink is light and paper is dark.
    """
    height, width = drawn.shape
    down, across = np.mgrid[0:height, 0:width] / max(height, width)
    light = 180 * (1 + 0.5 * ((across - 0.5) * np.cos(angle) + (down - 0.5) * np.sin(angle)))
    if shadow:
        light *= np.where(0.6 * across + down > 0.9, 0.55, 1)
    share = drawn / 255
    taken = light * (0.8 - 0.6 * share if chalk else 0.2 + 0.8 * share)
    image = Image.fromarray(np.clip(taken, 0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(1.2))
    noisy = np.asarray(image) + np.random.default_rng(seed).normal(0, noise, drawn.shape)
    file = io.BytesIO()
    Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8)).save(file, "JPEG", quality=40)
    return np.asarray(Image.open(file))
