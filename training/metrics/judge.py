"""Knows how a judge reads images: which file it is, that it is the right one, and what it makes of digits.

Does not know how a judge was trained (`training.metrics.judge_training`), nor what its features are used for.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.errors import JudgeRefused
from training.graphs.sessions import one_thread

WEIGHTS_FOLDER = Path(__file__).parent / "weights"
MANIFEST_FILE = "judges.json"
SELECTING = "plain"  # scores models and picks snapshots
GUARDING = "residual"  # picks nothing

_ROWS = (
    500  # images a run: keeps activations in the processor's cache, and fixes the shapes that results could depend on
)


@dataclass(frozen=True)
class Reading:
    """What a judge makes of N images.

    Args:
        features: float32 (N, 128), not negative, mean square about 1 on real digits.
        labels: int64 (N,), the class that each image looks most like.
        confidences: float32 (N,), the probability that the judge gives to that class.
    """

    features: NDArray[np.float32]
    labels: NDArray[np.int64]
    confidences: NDArray[np.float32]


class Judge:
    """A classifier of 28 x 28 digits in an ONNX file, run on one thread of the processor.

    Args:
        content: the file's bytes.
        name: what to call it in a report.
    """

    def __init__(self, content: bytes, name: str) -> None:
        self.name = name
        self.sha256 = hashlib.sha256(content).hexdigest()
        self._session = one_thread(content)

    def read(self, images: NDArray[np.uint8]) -> Reading:
        """Return what the judge makes of images: uint8 (N, 28, 28), N at least 1."""
        runs = [
            self._session.run(["logits", "features"], {"image": images[start : start + _ROWS]})
            for start in range(0, len(images), _ROWS)
        ]
        logits, features = (np.concatenate(parts) for parts in zip(*runs, strict=True))
        likelihoods = np.exp(logits - logits.max(axis=1, keepdims=True))
        return Reading(features, logits.argmax(axis=1), likelihoods.max(axis=1) / likelihoods.sum(axis=1))


def load_judge(name: str = SELECTING, folder: Path = WEIGHTS_FOLDER) -> Judge:
    """Return a judge by name, after its file was found to be the one that the manifest beside it describes.

    Raises:
        JudgeRefused: there is no such judge, or its file is missing or another one.
    """
    manifest = read_manifest(folder)
    if name not in manifest:
        raise JudgeRefused(f"there is no judge {name!r} in {folder}; there are {', '.join(manifest) or 'none'}")
    path = folder / f"{name}.onnx"
    try:
        judge = Judge(path.read_bytes(), name)
    except OSError as error:
        raise JudgeRefused(f"{path}: cannot be read: {error.strerror}") from error
    if judge.sha256 != manifest[name]["sha256"]:
        raise JudgeRefused(f"{path}: sha256 {judge.sha256}, but {MANIFEST_FILE} says {manifest[name]['sha256']}")
    return judge


def read_manifest(folder: Path = WEIGHTS_FOLDER) -> dict[str, dict[str, Any]]:
    """Return what is known of the judges in a folder, by name: sha256, accuracy, how to train it again.

    Raises:
        JudgeRefused: the manifest cannot be read.
    """
    path = folder / MANIFEST_FILE
    try:
        manifest: dict[str, dict[str, Any]] = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise JudgeRefused(f"{path}: cannot be read: {error}") from error
    return manifest


def write_judge(content: bytes, name: str, facts: dict[str, Any], folder: Path = WEIGHTS_FOLDER) -> str:
    """Write a judge's file, then its line in the manifest, each by one rename; return the file's sha256."""
    sha256 = hashlib.sha256(content).hexdigest()
    manifest = read_manifest(folder) | {name: {"sha256": sha256, **facts}}
    _replace(folder / f"{name}.onnx", content)
    _replace(folder / MANIFEST_FILE, (json.dumps(manifest, indent=2) + "\n").encode())
    return sha256


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.tmp")
    aside.write_bytes(content)
    aside.replace(path)
