from dataclasses import dataclass

import numpy as np
import pytest

from digitgan.contract.latents import seeds_to_latents
from training.errors import NotScorable
from training.graphs.inputs import find_inputs


@dataclass
class Value:
    name: str
    shape: list[int | str]
    type: str = "tensor(float)"


NOISE = Value("z", ["batch", 64])
INTEGERS = Value("which", ["batch"], "tensor(int64)")


@pytest.mark.parametrize(
    ("values", "label", "n_classes"),
    [
        ([NOISE], None, None),
        ([NOISE, INTEGERS], "which", None),
        ([INTEGERS, NOISE], "which", None),
        ([NOISE, Value("which", ["batch", 1], "tensor(int32)")], "which", None),
        ([NOISE, Value("which", ["batch", 10], "tensor(int64)")], "which", 10),
        ([NOISE, Value("labels", ["batch", 10])], "labels", 10),
        ([Value("c", ["batch", 10]), NOISE], "c", 10),
        ([NOISE, Value("one_hot", ["batch", 10], "tensor(float16)")], "one_hot", 10),
    ],
)
def test_roles_are_found_by_type_or_name(values: list[Value], label: str | None, n_classes: int | None) -> None:
    found = find_inputs(values, n_classes=10)
    assert (found.noise.name, found.label and found.label.name, found.n_classes) == ("z", label, n_classes)
    assert (found.noise_size, found.rows) == (64, None)


def test_feeds_have_the_noise_and_the_labels_of_the_contract() -> None:
    seeds, labels = np.arange(6, dtype=np.uint64), np.array([3, 9, -1, 0, -1, 5])
    latents = seeds_to_latents(seeds, 64 + 10)
    chosen = np.where(labels < 0, latents[:, 64:].argmax(axis=1), labels)
    noise = Value("z", [6, 64, 1, 1], "tensor(float16)")
    integer = find_inputs([noise, Value("y", [6, 1], "tensor(int32)")])
    feeds = integer.feeds(seeds, labels, 10)
    assert integer.rows == 6
    assert feeds["z"].dtype == np.float16
    assert np.array_equal(feeds["z"], latents[:, :64].astype(np.float16).reshape(6, 64, 1, 1))
    assert feeds["y"].dtype == np.int32
    assert feeds["y"].tolist() == chosen[:, None].tolist()
    one_hot = find_inputs([noise, Value("y", [6, 10])]).feeds(seeds, labels, 10)["y"]
    assert np.array_equal(one_hot.argmax(axis=1), chosen)
    assert (one_hot.sum(axis=1) == 1).all()
    assert np.array_equal(find_inputs([NOISE]).feeds(seeds, labels, 10)["z"], latents[:, :64])


def test_named_input_takes_the_labels() -> None:
    both = [Value("a", ["batch", 16]), Value("b", ["batch", 10])]
    with pytest.raises(NotScorable, match="not clear which of the inputs 'a' and 'b' takes labels"):
        find_inputs(both)
    assert find_inputs(both, label_input="b").noise_size == 16
    assert find_inputs(both, n_classes=10).noise_size == 16  # the width of the other is that of the data's labels


@pytest.mark.parametrize(
    ("values", "label_input", "message"),
    [
        ([], None, "allowed are noise, or noise and labels"),
        ([NOISE, INTEGERS, Value("alpha", [])], None, "the inputs are 'z', 'which', 'alpha'; allowed are noise"),
        ([NOISE, INTEGERS], "why", "no input 'why'; the inputs are 'z', 'which'"),
        ([NOISE], "z", "'z' is the only input, so it must take noise"),
        ([Value("z", ["batch", "width"])], None, r"'z' is tensor\(float\) \['batch', 'width'\]; it must be floats"),
        ([Value("z", [])], None, "must be floats of known width"),
        ([Value("text", ["batch", 3], "tensor(string)")], None, r"tensor\(string\)"),
        ([Value("z", ["batch", 3], "tensor(int64)")], None, "'z' is int64; noise must be floats"),
        ([NOISE, Value("labels", ["batch", 12])], None, "labels of 12 classes, but the data have 10"),
        ([Value("z", [4, 64]), Value("y", [5], "tensor(int64)")], None, r"batches of different sizes: \[4, 5\]"),
    ],
)
def test_other_inputs_are_refused_by_name(values: list[Value], label_input: str | None, message: str) -> None:
    with pytest.raises(NotScorable, match=message):
        find_inputs(values, label_input=label_input, n_classes=10)
