"""Judges: classifiers of digits in ONNX files, verified against a manifest.

They come with the package: `plain`, which scores models and selects images of data sets, and `residual`, which selects
nothing and so guards against what was fitted to the first one. `training` made both.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, TypeAdapter

from digitgan.contract.documents import BadDocument, Shape, read_json
from digitgan.contract.errors import JudgeUnusable
from digitgan.contract.metric import Sha256

WEIGHTS_FOLDER = Path(__file__).parent / "weights"
MANIFEST_FILE = "judges.json"
SELECTING = "plain"
GUARDING = "residual"
N_CLASSES = 10  # of the shipped judges
SIDE = 28  # pixels of what judges read

_SHAPE = Shape(n_bytes=2**20, n_lists=2**10, n_objects=2**10, n_items=2**14)  # enough for hundreds of judges


class _Facts(BaseModel):
    model_config = ConfigDict(extra="allow")  # other facts are for people

    sha256: Sha256
    data_sha256: str = ""


_MANIFEST = TypeAdapter(dict[str, _Facts])

# Images per run: keeps activations in the processor's cache, and fixes the shapes that results might depend on. Larger
# images go fewer at a time, so that a run takes no more memory.
_ROWS = 500


@dataclass(frozen=True)
class Reading:
    """A judge's reading of N images.

    Args:
        features: float32 (N, 128), not negative, mean square about 1 on real digits.
        labels: int64 (N,), the most likely class of each image.
        confidences: float32 (N,), the probability that the judge gives that class.
    """

    features: NDArray[np.float32]
    labels: NDArray[np.int64]
    confidences: NDArray[np.float32]


class Judge:
    """A classifier of small images in an ONNX file, run on one thread of the processor.

    Args:
        content: the file's bytes.
        name: for reports.

    Raises:
        ModelRefused: onnxruntime cannot load the file.
    """

    def __init__(self, content: bytes, name: str) -> None:
        from digitgan.engine.providers import open_session  # needs the runtime, which the commands' help does not

        self.name = name
        self.sha256 = hashlib.sha256(content).hexdigest()
        self._session = open_session(content, "cpu", 1)

    def read(self, images: NDArray[np.uint8]) -> Reading:
        """Return the reading of images: uint8 (N, H, W) or (N, H, W, 3) as the judge takes them, N at least 1."""
        rows = max(1, _ROWS * SIDE**2 // max(SIDE**2, images[0].size))
        runs = [
            self._session.run(["logits", "features"], {"image": images[start : start + rows]})
            for start in range(0, len(images), rows)
        ]
        logits, features = (np.concatenate(parts) for parts in zip(*runs, strict=True))
        likelihoods = np.exp(logits - logits.max(axis=1, keepdims=True))
        return Reading(features, logits.argmax(axis=1), likelihoods.max(axis=1) / likelihoods.sum(axis=1))

    def odds(
        self, images: NDArray[np.uint8], labels: NDArray[np.int64]
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return how surely each image has its label, and whether the judge reads it so.

        The first is the logarithm of the odds: of the label's probability to that of all other classes together. It
        still tells images apart whose probability is 1 in float32.

        Args:
            images: uint8 (N, 28, 28), N at least 1; all of them are read in one run.
            labels: int64 (N,), from 0.
        """
        rows = np.arange(len(images))
        logits = self._session.run(["logits"], {"image": images})[0].astype(np.float64)
        asked = logits[rows, labels]
        is_read = logits.argmax(axis=1) == labels
        logits[rows, labels] = -np.inf
        most = logits.max(axis=1)
        return asked - most - np.log(np.exp(logits - most[:, None]).sum(axis=1)), is_read


def load_judge(name: str = SELECTING, folder: Path = WEIGHTS_FOLDER) -> Judge:
    """Return a judge by name, verified against the manifest beside its file.

    Raises:
        JudgeUnusable: there is no such judge, or its file is missing or differs from the manifest.
    """
    manifest = read_manifest(folder)
    if name not in manifest:
        raise JudgeUnusable(f"unknown judge {name!r} in {folder}; available judges: {', '.join(manifest) or 'none'}")
    path = folder / f"{name}.onnx"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise JudgeUnusable(f"{path}: cannot be read: {error.strerror}") from error
    sha256 = hashlib.sha256(content).hexdigest()
    if sha256 != manifest[name]["sha256"]:
        raise JudgeUnusable(f"{path}: sha256 {sha256}, but {MANIFEST_FILE} says {manifest[name]['sha256']}")
    return Judge(content, name)


def read_manifest(folder: Path = WEIGHTS_FOLDER) -> dict[str, dict[str, Any]]:
    """Return facts about the judges in a folder, by name: sha256, accuracy, and how to train them again.

    Raises:
        JudgeUnusable: the manifest is not readable.
    """
    path = folder / MANIFEST_FILE
    try:
        manifest = read_json(path, _MANIFEST, _SHAPE)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise JudgeUnusable(f"{path}: cannot be read: {error.strerror}") from error
    except BadDocument as error:
        raise JudgeUnusable(f"{path}: {error}") from error
    return {name: facts.model_dump(exclude_unset=True) for name, facts in manifest.items()}
