"""A program as a user writes it, with the types that it may count on; `test_package` executes it."""

from typing import Any, assert_type

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import DataLoader

import digitgan


def sheet(model: digitgan.Model) -> NDArray[np.uint8]:
    """Draw all digits in one hand, side by side."""
    pixels, labels = model.generate(seeds=7, labels=range(10), truncation=0.7)
    assert_type(pixels, NDArray[np.uint8])
    assert_type(labels, NDArray[np.int64])
    return np.concatenate(list(pixels), axis=1)


def main() -> None:
    """Use everything that is public."""
    with digitgan.load("digits-small", provider="cpu", threads=1) as model:
        sheet(model)
        assert_type(model.write("2026", seed=7), digitgan.Writing)
    assert_type(digitgan.write(["12", "34"], scale=4, invert=True).pixels, NDArray[np.uint8])
    digits = digitgan.Digits(20, seed=1, model="digits-small", transform=lambda image: image / 255)
    assert_type(len(digits), int)
    assert_type(digits[0], tuple[Any, Any])
    for loader in (DataLoader(digits, batch_size=10), DataLoader(digits.stream(), batch_size=10)):
        assert len(list(loader)) == 2
    try:
        digitgan.write(2026)  # type: ignore[arg-type]
    except ValueError as error:
        assert str(error).startswith("digits: must be text")
    try:
        digitgan.load("digits", provider="tpu")  # type: ignore[arg-type]
    except digitgan.EngineError as error:
        assert str(error).startswith("provider: must be ")


if __name__ == "__main__":
    main()
