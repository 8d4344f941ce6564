"""The iterable form of a data set, with PyTorch and without it."""

import pickle
import subprocess
import sys

from torch.utils.data import IterableDataset

import digitgan
from tests.processes import ROOT

WITHOUT_TORCH = """
import sys

class NoTorch:
    def find_spec(name, *_):
        if name == "torch":
            raise ModuleNotFoundError("no torch", name=name)

sys.meta_path.insert(0, NoTorch)
import digitgan
digits = digitgan.Digits(300, model="digits-small", threads=1)
stream = digits.stream()
assert type(stream) is digitgan.DigitStream
assert [label for _, label in stream] == digits.targets.tolist() == [label for _, label in digits]
print(len(stream))
"""


def test_stream_is_an_iterable_data_set_of_pytorch() -> None:
    stream = digitgan.Digits(5, model="digits-small", threads=1).stream()
    assert isinstance(stream, IterableDataset)
    assert isinstance(stream, digitgan.DigitStream)
    assert [label for _, label in pickle.loads(pickle.dumps(stream))] == [0, 1, 2, 3, 4]
    assert len(stream) == 5
    assert repr(stream) == "<DigitStream of <Digits of digits-small/1: 5, from seed 0>>"


def test_stream_needs_no_pytorch() -> None:
    command = [sys.executable, "-c", WITHOUT_TORCH]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.stdout, ended.returncode) == ("300\n", 0), ended.stderr
