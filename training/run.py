"""The run folder: what was requested, on which machine and data, and what came of it.

run.json          recipe, options, data, and an entry for each time that the run was started or resumed
run.json.copy     the same, in case that run.json is damaged
lock              names the process that trains the run; held until it ends
history.jsonl     a line every few iterations, and one each time the judge looks
checkpoints/      the last two states
best.pt           the generator that the judge rated best
post-training/    histories and checkpoints of the last stage, if the recipe has one: its networks, and the generator
post-trained.pt   the generator after that stage, which is exported
sheets/           pictures of fixed seeds
curves.svg        losses and accuracy, drawn whenever the run ends or is stopped
tensorboard/      the same figures and sheets as event files, with --tensorboard
"""

import json
import os
import platform
import re
import subprocess
import sys
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from digitgan.cli.messages import print_note
from digitgan.cli.program import program
from digitgan.contract.card import ModelReference, TrainingData
from digitgan.contract.documents import BadDocument, Shape, read_json
from digitgan.contract.files import set_aside, write_whole

from . import history
from .choices import Colour, DeviceName
from .data import Dataset
from .errors import RunRefused
from .images.pictures import Look
from .lock import locked
from .recipes.recipe import TrainingRecipe
from .schedules import Horizon


@dataclass(frozen=True, kw_only=True)
class Options:
    """What was requested of a run, apart from its recipe.

    Args:
        seed: decides weights, data order and latents.
        iterations: where the run ends; None for no limit.
        budget_s: seconds after which the run ends; None for no limit.
        threads: of torch.
        data: the data set's name, or the folder's path.
        judge: the folder of the judges that watch; None for the shipped ones, which read MNIST.
        device: where the networks compute.
        processes: how many share each batch.
        size: height and width to which images were resized; None for their own.
        colour: of the images; None for grey, as MNIST is.
        cpu_budget_s: processor seconds after which the run ends; None for no limit.

    Raises:
        RunRefused: a path is not UTF-8, so it cannot be described.
    """

    seed: int
    iterations: int | None
    budget_s: float | None
    threads: int
    data: str
    judge: str | None = None
    device: DeviceName = DeviceName.CPU
    processes: int = 1
    cpu_budget_s: float | None = None
    size: tuple[int, int] | None = None
    colour: Colour | None = None

    def __post_init__(self) -> None:
        for option, path in (("--data", self.data), ("--judge", self.judge)):
            if path is not None and any("\ud800" <= character <= "\udfff" for character in path):
                shown = path.encode("utf-8", "backslashreplace").decode()
                raise RunRefused(f"{option} {shown}: the path is not UTF-8; rename it")

    @property
    def look(self) -> Look:
        """What the images should be."""
        return Look(self.size, self.colour)

    @property
    def horizon(self) -> Horizon:
        """The point where the run ends."""
        return Horizon(self.iterations, self.budget_s, self.cpu_budget_s)


class _Part(BaseModel):
    model_config = ConfigDict(extra="allow")  # other facts are for people


class _Recipe(_Part):
    name: str
    loss: str
    generator: dict[str, Any]


class _Data(TrainingData):
    class_names: list[str] | None = None


class _Start(_Part):
    iteration: Annotated[int, Field(ge=0)]
    command: str


class _Description(_Part):
    recipe: _Recipe
    data: _Data
    teacher: ModelReference | None = None
    options: Options
    starts: Annotated[list[_Start], Field(min_length=1)]


_SHAPE = Shape(n_bytes=2**24, n_lists=2**14, n_objects=2**16, n_items=2**18)  # enough for thousands of starts


class Run:
    """A run's folder.

    Args:
        folder: need not exist yet.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.checkpoints = folder / "checkpoints"
        self.best = folder / "best.pt"
        self.post_training = folder / "post-training"
        self.post_trained = folder / "post-trained.pt"
        self.report = folder / "report.html"
        self.sheets = folder / "sheets"
        self.history = folder / "history.jsonl"
        self.curves = folder / "curves.svg"
        self.board = folder / "tensorboard"
        self._description = folder / "run.json"
        self._copy = folder / "run.json.copy"

    @property
    def exists(self) -> bool:
        """Whether a run was started in this folder."""
        return self._description.exists()

    def read(self) -> dict[str, Any]:
        """Return the description of the run, from its copy if ``run.json`` is damaged.

        Raises:
            RunRefused: no run was started in this folder, or both files are invalid.
        """
        return self._read()[0]

    def _read(self) -> tuple[dict[str, Any], str | None]:
        """Return the description, and what is wrong with ``run.json`` if this is its copy."""
        damage = None
        try:
            description = read_json(self._description, _Description, _SHAPE)
        except FileNotFoundError:
            raise RunRefused(f"{self.folder}: there is no run in this folder") from None
        except BadDocument as error:
            damage = str(error)
            try:
                description = read_json(self._copy, _Description, _SHAPE)
            except (OSError, BadDocument):
                raise RunRefused(
                    f"{self._description}: {damage}; restore the file, or name another folder with --run"
                ) from None
        return description.model_dump(mode="json", exclude_unset=True), damage

    def options(self) -> Options:
        """Return the options of the run."""
        return Options(**self.read()["options"])

    def locked(self) -> AbstractContextManager[None]:
        """Return a context that holds the folder for this process, which alone may write to it then."""
        return locked(self.folder, "--run")

    def begin(
        self,
        recipe: TrainingRecipe,
        options: Options,
        dataset: Dataset,
        iteration: int,
        teacher: ModelReference | None = None,
    ) -> None:
        """Describe a run that starts, or add to the description of one that resumes from an iteration.

        Raises:
            RunRefused: the run in this folder has another recipe, seed, data or teacher, or its description is missing
                beside its checkpoints. The message names the difference.
        """
        facts: dict[str, Any] = {
            "recipe": json.loads(json.dumps(recipe.configuration())),
            "data": {
                "name": dataset.name,
                "sha256": dataset.sha256,
                "n_images": len(dataset.train_images),
                "licence": dataset.licence,
                "source": dataset.source,
            },
        }
        if dataset.class_names:  # omitted if there are none, as in older runs
            facts["data"]["class_names"] = list(dataset.class_names)
        if teacher:
            facts["teacher"] = teacher.model_dump()
        starts = []
        if self.exists:
            earlier, damage = self._read()
            if damage:
                kept = set_aside(self._description)
                print_note(f"{self._description}: {damage}; it is replaced by its copy, and {kept} keeps it as it was")
            earlier["recipe"] = recipe.with_defaults(earlier["recipe"])
            for name, fact in [*facts.items(), ("seed", options.seed)]:
                was = earlier["options"]["seed"] if name == "seed" else earlier[name]
                if was != fact:
                    raise RunRefused(
                        f"{self.folder}: the run was started with another {name} ({_difference(was, fact)}); "
                        "name another folder with --run"
                    )
            starts = earlier["starts"]
            history.cut(self.history, iteration)
        elif iteration:
            raise RunRefused(
                f"{self.checkpoints}: {self._description.name}, which describes the run of these checkpoints, is "
                "missing; restore it, or name another folder with --run"
            )
        starts.append({"iteration": iteration, "options": asdict(options)} | environment())
        for folder, pattern in (
            (self.folder, "*.tmp"),
            (self.checkpoints, "*.tmp"),
            (self.sheets, "*.tmp"),
            (self.post_training, "**/*.tmp"),
        ):
            for left in folder.glob(pattern):  # by a process that was killed while it wrote
                left.unlink()
        content = json.dumps(facts | {"options": asdict(options), "starts": starts}, indent=2).encode() + b"\n"
        write_whole(self._description, content)
        write_whole(self._copy, content)


def environment() -> dict[str, Any]:
    """Return the time, command, software and platform of this process, without names of machines or people."""
    return {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": without_places(" ".join([program(), *sys.argv[1:]])),
        "source_commit": source_commit(),
        "software": software(),
        "platform": platform.platform(),
        "cpus": os.cpu_count(),
    }


def without_places(command: str) -> str:
    """Return a command with each absolute path shortened to its last part, so that it reveals no folders.

    Bytes that are not UTF-8 are escaped, since a file of JSON with them could not be read again.
    """
    return re.sub(r"(?<![^\s=])/(?:\S*/)?(?=\S)", "", command).encode("utf-8", "backslashreplace").decode()


def software() -> dict[str, str]:
    """Return the versions of the software that decides a training's bits."""
    versions = {"python": platform.python_version()}
    for name in ("digitgan", "numpy", "torch", "onnx", "onnxscript", "onnxruntime"):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return versions


def source_commit() -> str | None:
    """Return the commit of the checkout that this code runs from; None outside a checkout."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return None


def _difference(was: Any, fact: Any) -> str:
    """Return the values that differ, as ``name: old, not new``."""
    if not isinstance(was, dict):
        return f"{was}, not {fact}"
    names = [name for name in {**was, **fact} if was.get(name) != fact.get(name)]
    return "; ".join(f"{name}: {was.get(name)}, not {fact.get(name)}" for name in names)
