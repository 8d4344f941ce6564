"""Judges: classifiers of images in ONNX files, verified against a manifest."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, TypeAdapter

from digitgan.contract.card import Sha256
from digitgan.contract.documents import BadDocument, Shape, read_json

from ..errors import JudgeRefused
from ..graphs.sessions import one_thread

WEIGHTS_FOLDER = Path(__file__).parent / "weights"
MANIFEST_FILE = "judges.json"
SELECTING = "plain"  # scores models and selects snapshots
GUARDING = "residual"  # selects nothing

_SHAPE = Shape(n_bytes=2**20, n_lists=2**10, n_objects=2**10, n_items=2**14)  # enough for hundreds of judges


class _Facts(BaseModel):
    model_config = ConfigDict(extra="allow")  # other facts are for people

    sha256: Sha256
    data_sha256: str = ""


_MANIFEST = TypeAdapter(dict[str, _Facts])

# Images per run: keeps activations in the processor's cache, and fixes the shapes that results might depend on.
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
    """A classifier of 28 x 28 digits in an ONNX file, run on one thread of the processor.

    Args:
        content: the file's bytes.
        name: for reports.
    """

    def __init__(self, content: bytes, name: str) -> None:
        self.name = name
        self.sha256 = hashlib.sha256(content).hexdigest()
        self._session = one_thread(content)

    def read(self, images: NDArray[np.uint8]) -> Reading:
        """Return the reading of images: uint8 (N, 28, 28), N at least 1."""
        runs = [
            self._session.run(["logits", "features"], {"image": images[start : start + _ROWS]})
            for start in range(0, len(images), _ROWS)
        ]
        logits, features = (np.concatenate(parts) for parts in zip(*runs, strict=True))
        likelihoods = np.exp(logits - logits.max(axis=1, keepdims=True))
        return Reading(features, logits.argmax(axis=1), likelihoods.max(axis=1) / likelihoods.sum(axis=1))


def load_judge(name: str = SELECTING, folder: Path = WEIGHTS_FOLDER) -> Judge:
    """Return a judge by name, verified against the manifest beside its file.

    Raises:
        JudgeRefused: there is no such judge, or its file is missing or differs from the manifest.
    """
    manifest = read_manifest(folder)
    if name not in manifest:
        raise JudgeRefused(f"unknown judge {name!r} in {folder}; available judges: {', '.join(manifest) or 'none'}")
    path = folder / f"{name}.onnx"
    try:
        content = path.read_bytes()
    except OSError as error:
        raise JudgeRefused(f"{path}: cannot be read: {error.strerror}") from error
    sha256 = hashlib.sha256(content).hexdigest()
    if sha256 != manifest[name]["sha256"]:
        raise JudgeRefused(f"{path}: sha256 {sha256}, but {MANIFEST_FILE} says {manifest[name]['sha256']}")
    return Judge(content, name)


def read_manifest(folder: Path = WEIGHTS_FOLDER) -> dict[str, dict[str, Any]]:
    """Return facts about the judges in a folder, by name: sha256, accuracy, and how to train them again.

    Raises:
        JudgeRefused: the manifest is not readable.
    """
    path = folder / MANIFEST_FILE
    try:
        manifest = read_json(path, _MANIFEST, _SHAPE)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise JudgeRefused(f"{path}: cannot be read: {error.strerror}") from error
    except BadDocument as error:
        raise JudgeRefused(f"{path}: {error}") from error
    return {name: facts.model_dump(exclude_unset=True) for name, facts in manifest.items()}


def write_judge(content: bytes, name: str, facts: dict[str, Any], folder: Path = WEIGHTS_FOLDER) -> str:
    """Write a judge's file, then its entry in the manifest, each by one rename; return the file's sha256."""
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
