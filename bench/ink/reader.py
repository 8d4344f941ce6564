"""A small reader of digit strings: convolutions over a line, and connectionist temporal classification.

It has no recurrent layer. What it reads at a place depends on the ink around it, so it learns digits and how they
touch, and not which digits follow each other.

Source: Graves et al., "Connectionist temporal classification" (2006).
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional

HEIGHT = 32  # rows of a line
_INK_HEIGHT = 24  # rows between its highest and its lowest ink
_INK = 64  # grey level from which a pixel counts as ink
_BATCH = 64
_CHUNK = 64  # batches that are sorted by width together
_PEAK_LEARNING_RATE = 4e-3
_WEIGHT_DECAY = 0.02
_DROPOUT = 0.2
_BLANK = 10
_MOST_VARIED = (0.15, 0.12, 0.08, 1.0, 0.7, 40.0)  # slant, width, height, rows up, contrast, grey level
_BEND, _BENT = 8, 0.7  # pixels between two bends, and their standard deviation


def line(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the ink of a picture at the size that the reader reads: uint8 (32, width), with ink in 24 rows.

    Args:
        picture: uint8 (height, width), bright ink on black, with ink.
    """
    is_ink = picture >= _INK
    rows, columns = (np.flatnonzero(is_ink.any(axis=axis)) for axis in (1, 0))
    box = (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
    margin = (HEIGHT - _INK_HEIGHT) // 2
    height = box[3] - box[1]
    width = max(1, round((box[2] - box[0]) * _INK_HEIGHT / height))
    ink = Image.fromarray(picture).resize((width, _INK_HEIGHT), Image.Resampling.BICUBIC, box)
    return np.pad(np.asarray(ink), margin)


class Reader(nn.Module):
    """Float (N, 32, W), 0..1 -> log-likelihoods (W / 2, N, 11) of the digits and the blank."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *_convolution(1, 32, (5, 5), stride=2),  # 16 x W / 2
            *_convolution(32, 48, (3, 3)),
            nn.MaxPool2d((2, 1)),  # 8
            *_convolution(48, 64, (3, 3)),
            *_convolution(64, 64, (3, 3)),
            nn.MaxPool2d((2, 1)),  # 4
            *_convolution(64, 128, (4, 3), padding=(0, 1)),  # 1
            *_convolution(128, 128, (1, 5)),
            *_convolution(128, 128, (1, 9)),
            nn.Dropout(_DROPOUT),
            nn.Conv2d(128, _BLANK + 1, 1),
        )

    def forward(self, lines: Tensor) -> Tensor:
        """Return the log-likelihoods of uint8 lines (N, 32, W)."""
        scores: Tensor = self.layers(lines.unsqueeze(1) / 255)
        return scores.squeeze(2).permute(2, 0, 1).float().log_softmax(2)


def _convolution(
    n_in: int, n_out: int, size: tuple[int, int], *, stride: int = 1, padding: tuple[int, int] | None = None
) -> list[nn.Module]:
    around = padding or (size[0] // 2, size[1] // 2)
    layers = [nn.Conv2d(n_in, n_out, size, stride, padding=around, bias=False), nn.BatchNorm2d(n_out)]
    return [*layers, nn.ReLU()]


def batch(lines: Sequence[NDArray[np.uint8]]) -> Tensor:
    """Return lines of different widths as one tensor, uint8 (N, 32, W), black on their right."""
    width = max(each.shape[1] for each in lines)
    together = np.zeros((len(lines), HEIGHT, width + width % 2), np.uint8)
    for row, each in zip(together, lines, strict=True):
        row[:, : each.shape[1]] = each
    return torch.from_numpy(together)


def varied(lines: Tensor) -> Tensor:
    """Return lines as if they were written and scanned a little differently: float (N, 32, more than W).

    Each line is slanted, stretched, moved up or down, bent a little everywhere, and given another contrast.

    Args:
        lines: uint8 (N, 32, W).
    """
    lines = functional.pad(lines, (0, int(lines.shape[2] * _MOST_VARIED[1]) + 1))  # for those that get wider
    n, height, width = lines.shape
    slant, wider, higher, up, contrast, level = (torch.rand(6, n) * 2 - 1) * torch.tensor(_MOST_VARIED)[:, None]
    place = torch.zeros(n, 2, 3)  # where in the line a pixel comes from; both sides are 2 long there
    place[:, 0] = torch.stack([1 + wider, slant * height / width, wider], 1)  # the left side stays
    place[:, 1, 1], place[:, 1, 2] = 1 + higher, up * 2 / height
    grid = functional.affine_grid(place, [n, 1, height, width], align_corners=False)
    bends = functional.interpolate(
        torch.randn(n, 2, height // _BEND, max(2, width // _BEND)), (height, width), mode="bicubic", align_corners=True
    )
    grid += bends.permute(0, 2, 3, 1) * torch.tensor([2 * _BENT / width, 2 * _BENT / height])
    moved = functional.grid_sample(lines.unsqueeze(1).float(), grid, align_corners=False).squeeze(1)
    shown: Tensor = ((moved - 127.5 + level[:, None, None]) * (1.5 + contrast[:, None, None]) + 127.5).clamp(0, 255)
    return shown


def batches(widths: NDArray[np.integer], rng: np.random.Generator) -> Iterator[NDArray[np.intp]]:
    """Yield row numbers of batches endlessly, each row once an epoch; lines of a batch have similar widths."""
    while True:
        for chunk in np.array_split(rng.permutation(len(widths)), max(1, len(widths) // (_BATCH * _CHUNK))):
            ordered = chunk[np.argsort(widths[chunk], kind="stable")]
            parts = np.array_split(ordered, max(1, len(ordered) // _BATCH))
            for index in rng.permutation(len(parts)):
                yield parts[index]


def train(
    lines: Sequence[NDArray[np.uint8]],
    texts: Sequence[str],
    *,
    seed: int,
    n_steps: int,
    on_step: Callable[[int, float], None] = lambda _step, _loss: None,
) -> Reader:
    """Return a reader trained with AdamW and one cycle of the learning rate.

    Args:
        lines: uint8 (32, width) each.
        texts: what they say.
        seed: decides initial weights and order.
        n_steps: batches of 64.
        on_step: called after each step with its number, from 1, and its loss.
    """
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    model = Reader()
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch types tensors only
    optimiser = torch.optim.AdamW(model.parameters(), lr=_PEAK_LEARNING_RATE, weight_decay=_WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _PEAK_LEARNING_RATE, total_steps=n_steps, pct_start=0.2)
    widths = np.array([each.shape[1] for each in lines])
    model.train()
    for step, rows in zip(range(1, n_steps + 1), batches(widths, rng), strict=False):
        with torch.autocast("cpu", torch.bfloat16):  # half the time where the processor has such instructions
            likelihoods = model(varied(batch([lines[row] for row in rows])))
        named = [texts[row] for row in rows]
        loss = functional.ctc_loss(
            likelihoods,
            torch.tensor([int(digit) for text in named for digit in text]),
            torch.full((len(rows),), len(likelihoods)),
            torch.tensor([len(text) for text in named]),
            blank=_BLANK,
            zero_infinity=True,
        )
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch's stubs lack it
        nn.utils.clip_grad_norm_(model.parameters(), 5)
        optimiser.step()
        schedule.step()
        on_step(step, loss.item())
    return model.eval()


@torch.no_grad()
def read(model: Reader, lines: Sequence[NDArray[np.uint8]]) -> list[str]:
    """Return what the reader reads in each line: the likeliest mark at each place, without repeats and blanks."""
    texts = []
    for start in range(0, len(lines), 100):
        best = model(batch(lines[start : start + 100])).argmax(2).T.numpy()
        for row in best:
            marks = row[np.flatnonzero(np.diff(row, prepend=-1))]
            texts.append("".join(str(mark) for mark in marks if mark != _BLANK))
    return texts
