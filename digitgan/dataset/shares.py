"""Labels in the shares that the classes have among MNIST's images for training.

Source: LeCun, Cortes and Burges, "The MNIST database of handwritten digits": the counts of its labels.
"""

from array import array
from functools import cache

_COUNTS = (5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949)
MNIST_CLASSES, _PERIOD = len(_COUNTS), sum(_COUNTS)


@cache
def mnist_labels() -> "array[int]":
    """Return 60,000 labels, one byte each, to be used over and over: any 60,000 in a row have MNIST's own counts.

    The classes are spread evenly: label j of the n of a class stands at (2j + 1) / 2n of the whole.
    """
    places = (((2 * j + 1) * _PERIOD // count, label) for label, count in enumerate(_COUNTS) for j in range(count))
    return array("B", [label for _, label in sorted(places)])
