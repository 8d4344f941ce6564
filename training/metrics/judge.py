"""Judges as training uses them: those that come with the core or lie in another folder, and how to write one."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from digitgan.contract import errors
from digitgan.contract.files import write_whole
from digitgan.judges import judge
from digitgan.judges.judge import GUARDING, MANIFEST_FILE, SELECTING, WEIGHTS_FOLDER, Judge, Reading

from ..errors import JudgeRefused

__all__ = ["GUARDING", "MANIFEST_FILE", "SELECTING", "WEIGHTS_FOLDER", "Judge", "Reading", "load_judge"]


def load_judge(name: str = SELECTING, folder: Path = WEIGHTS_FOLDER) -> Judge:
    """Return a judge by name, verified against the manifest beside its file.

    Raises:
        JudgeRefused: there is no such judge, or its file is missing or differs from the manifest.
    """
    with _refusals():
        return judge.load_judge(name, folder)


def read_manifest(folder: Path = WEIGHTS_FOLDER) -> dict[str, dict[str, Any]]:
    """Return facts about the judges in a folder, by name: sha256, accuracy, and how to train them again.

    Raises:
        JudgeRefused: the manifest is not readable.
    """
    with _refusals():
        return judge.read_manifest(folder)


def write_judge(content: bytes, name: str, facts: dict[str, Any], folder: Path = WEIGHTS_FOLDER) -> str:
    """Write a judge's file, then its entry in the manifest, each by one rename; return the file's sha256."""
    sha256 = hashlib.sha256(content).hexdigest()
    manifest = read_manifest(folder) | {name: {"sha256": sha256, **facts}}
    write_whole(folder / f"{name}.onnx", content)
    write_whole(folder / MANIFEST_FILE, (json.dumps(manifest, indent=2) + "\n").encode())
    return sha256


@contextmanager
def _refusals() -> Iterator[None]:
    """Raise the core's refusals as those of training, which the processes of a team tell each other."""
    try:
        yield
    except errors.JudgeUnusable as refusal:
        raise JudgeRefused(str(refusal)) from refusal
