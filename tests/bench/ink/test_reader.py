"""The reader of digit strings: its lines, its batches, how it learns, and how it spells what it reads."""

from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bench.ink import reader
from bench.ink.reader import Reader, batch, batches, line, read, train, varied


def test_line_is_the_ink_at_a_height_of_24_rows() -> None:
    picture = np.zeros((100, 300), np.uint8)
    picture[30:78, 100:196] = 255  # twice as wide as high
    picture[5, 5] = 63  # too faint for ink
    made = line(picture)
    assert made.shape == (32, 48 + 8)
    assert made[4:28, 4:52].min() > 200
    assert not made[:4].any() and not made[28:].any() and not made[:, :4].any() and not made[:, 52:].any()


def test_batch_pads_narrow_lines_on_their_right() -> None:
    lines = [np.full((32, width), 9, np.uint8) for width in (3, 5)]
    together = batch(lines)
    assert together.shape == (2, 32, 6)
    assert together.sum(dim=(1, 2)).tolist() == [32 * 3 * 9, 32 * 5 * 9]


def test_batches_hold_each_line_once_an_epoch_beside_lines_as_wide() -> None:
    widths = np.arange(64 * 6) % 97
    epoch = list(islice(batches(widths, np.random.default_rng(1)), 6))
    assert sorted(np.concatenate(epoch)) == list(range(len(widths)))
    assert max(np.ptp(widths[rows]) for rows in epoch) < 20


def test_varied_lines_lose_no_ink_at_their_right_end() -> None:
    line = torch.zeros(200, 32, 100, dtype=torch.uint8)
    line[:, 10:22, 92:96] = 255
    made = varied(line)
    assert made.shape[:2] == (200, 32)
    assert (made[:, :, 70:] > 200).any(dim=2).any(dim=1).all()
    assert not (made[:, :, -1] > 200).any()
    assert len(torch.unique(made, dim=0)) == 200


class Fixed(Reader):
    """A reader that sees the same marks in every line."""

    def forward(self, lines: Tensor) -> Tensor:
        marks = torch.tensor([10, 1, 1, 10, 1, 2, 2, 10, 0])
        return torch.eye(11)[marks][:, None].expand(-1, len(lines), -1)


def test_read_drops_repeats_and_blanks() -> None:
    assert read(Fixed(), [np.zeros((32, 18), np.uint8)] * 2) == ["1120", "1120"]


def bars(text: str) -> NDArray[np.uint8]:
    """Return a line whose digit n is a bar from the top to a height that n decides."""
    made = np.zeros((32, 12 * len(text)), np.uint8)
    for index, digit in enumerate(text):
        made[2 : 8 + 5 * int(digit), 12 * index + 3 : 12 * index + 9] = 255
    return made


def test_reader_learns_strings_of_any_length() -> None:
    torch.set_num_threads(1)
    rng = np.random.default_rng(1)
    texts = ["".join(map(str, rng.choice([0, 2, 4], rng.integers(1, 3)))) for _ in range(64)]
    losses: list[float] = []
    model = train(
        [bars(text) for text in texts], texts, seed=1, n_steps=40, on_step=lambda _, loss: losses.append(loss)
    )
    asked = ["04", "2", "420"]
    assert read(model, [bars(text) for text in asked]) == asked
    assert losses[-1] < losses[0] / 10


def test_reader_sees_more_than_a_digit_but_less_than_two() -> None:
    """What it reads depends on the digits, not on which of them follow each other."""
    model = Reader().eval()
    dark, lit = torch.zeros(1, 32, 200, dtype=torch.uint8), torch.zeros(1, 32, 200, dtype=torch.uint8)
    lit[..., 100] = 255
    seen = (model(dark) != model(lit)).any(dim=2).sum().item() * 2
    assert 20 <= seen <= 2 * reader.HEIGHT
