"""Which model a name or a path stands for, with the settings of the command line; `write` with a model in the cache."""

import os
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from digitgan.api.arguments import checked, named_errors
from digitgan.api.hand import Hand
from digitgan.api.model import Model
from digitgan.api.writing import Writing
from digitgan.contract.card import CARD_FILE
from digitgan.contract.errors import InvalidPlan
from digitgan.contract.limits import NAME_PATTERN, VERSION_PATTERN
from digitgan.engine.backend import ProviderName
from digitgan.engine.settings import EngineSettings
from digitgan.request.fields import ModelFields
from digitgan.request.messages import invalid

_NAME = re.compile(f"{NAME_PATTERN[:-1]}(/{VERSION_PATTERN[1:-1]})?$")  # "digits" or "digits/1"


def load(
    model: str | os.PathLike[str] | None = None,
    *,
    version: str | None = None,
    models_dir: str | os.PathLike[str] | None = None,
    provider: ProviderName | None = None,
    threads: int | None = None,
) -> Model:
    """Load a model, verify it, and return it ready to draw.

    Options that are not given are those of the command line: ``DIGITGAN_`` variables, or else the defaults.

    Args:
        model: a name such as "digits", a name and version such as "digits/1", or the path of a folder with versions,
            or with a card.json. Without it, the default model.
        version: the version; without it, the newest.
        models_dir: the folder that holds <model>/<version>/; by default the models that come with the package.
        provider: auto, cpu, cuda, tensorrt or openvino; a named one must be active.
        threads: threads for model runs; 0 for one a processor.

    Raises:
        ValueError: no such model or version, or an option is not possible; the message names it.
        CannotServe: the model or the provider is not usable, or no runtime is installed; the message says how to
            install one.
    """
    with named_errors():
        opened = find(*located(model, version, models_dir=models_dir, provider=provider, threads=threads))
        opened.start()
        return opened


def write(
    digits: str | Sequence[str],
    *,
    seed: int | None = None,
    hand: Hand | str | None = None,
    model: str | os.PathLike[str] | None = None,
    version: str | None = None,
    truncation: float = 1.0,
    ink: bool = False,
    height: int | None = None,
    scale: int = 1,
    padding: int = 2,
    layout: Literal["grid", "natural"] = "grid",
    gap: int = 0,
    animate: bool = False,
    invert: bool = False,
    color: str | None = None,
    background: str | None = None,
    metadata: bool = False,
) -> Writing:
    """Write a number in one hand, or several numbers, one below the other.

    The first call loads the model, which stays loaded; `load` gives control over that.

    Args:
        digits: a number of digits and the signs . , - / : + % ( ) and space, such as "2026", or several.
        seed: decides the hand, 0 to 2**53 - 1; without it, a random one, which the result tells.
        hand: the hand, or its token, in place of a seed.
        model: name or path, as for `load`.
        version: the model's version; without it, the newest.
        truncation: scales the style, 0 to 2: below 1 more typical, above 1 more varied.
        ink: smooth strokes of any height, instead of the model's pixels.
        height: height of a digit's square in ink, in pixels, 28 to 1,024; by default 112.
        scale: side of the square that each pixel becomes, 1 to 32; for ink, 1.
        padding: pixels between and around several numbers, before scaling, 0 to 64.
        layout: "grid" puts digits in equal squares, "natural" in ink as people write them.
        gap: pixels between digits in a grid, before scaling, 0 to 28.
        animate: files that can move show how the number is written, stroke by stroke.
        invert: black ink on white, or color and background exchanged.
        color: colour of the ink, such as "navy" or "#c00"; by default white.
        background: colour behind the ink, or "transparent"; by default black.
        metadata: say in a file that a model made it, and in a PNG what it was made from.

    Raises:
        ValueError: an argument is not possible; the message names it.
        CannotServe: as raised by `load`.
        RunFailed: the runtime failed.
    """
    with named_errors():
        opened = of_cache(model, version)
    return opened.write(
        digits,
        seed=seed,
        hand=hand,
        truncation=truncation,
        ink=ink,
        height=height,
        scale=scale,
        padding=padding,
        layout=layout,
        gap=gap,
        animate=animate,
        invert=invert,
        color=color,
        background=background,
        metadata=metadata,
    )


def of_cache(model: str | os.PathLike[str] | None, version: str | None) -> Model:
    """Return a model that stays loaded for later calls.

    Raises:
        InvalidPlan, UnknownModel, CannotServe: as raised by `located` and `find`.
    """
    return _shared(*located(model, version))


def located(
    model: str | os.PathLike[str] | None, version: str | None, **options: Any
) -> tuple[EngineSettings, str, str | None]:
    """Return the settings, the name and the version of a model; None for the newest.

    Args:
        model: name, name and version, or path; None for the default model.
        version: the version; None for the newest.
        options: settings; None for what the environment or the default says.

    Raises:
        InvalidPlan: an option is not possible.
    """
    name: str | None = None
    if model is not None:
        text = os.fspath(model)
        if isinstance(model, str) and _NAME.match(model):
            name, _, named_version = model.partition("/")
        elif Path(text).is_dir():
            folder = Path(text).resolve()
            named_version = folder.name if (folder / CARD_FILE).exists() else ""
            folder = folder.parent if named_version else folder
            if not any(folder.glob(f"*/{CARD_FILE}")):
                expected = f"{CARD_FILE} or <version>/{CARD_FILE}"
                raise InvalidPlan("model", f"the folder {folder} holds no model; expected {expected}")
            name, options["models_dir"] = folder.name, folder.parent
        else:
            raise InvalidPlan("model", f"no model {text!r}; give a name such as digits or digits/1, or a folder's path")
        if named_version and version not in (None, named_version):
            raise InvalidPlan("version", f"the model is of version {named_version!r}, not {version!r}")
        version = named_version or version
    checked(ModelFields, model=name, version=version)
    given = {option: value for option, value in options.items() if value is not None}
    try:
        settings = EngineSettings.from_environment(given)
    except ValidationError as error:
        raise invalid(error, EngineSettings, "argument") from None
    return settings, name or settings.default_model, version


def find(settings: EngineSettings, name: str, version: str | None) -> Model:
    """Return a model whose card is read, and that is loaded when it is used.

    Raises:
        UnknownModel: the models folder holds no such model or version.
        CannotServe: the models folder or the card is not usable, or no runtime is installed.
    """
    from digitgan.engine.loading import create_repository  # loads onnxruntime, which may be missing

    return Model(settings, create_repository(settings).find_card(name, version))


_shared = lru_cache(maxsize=8)(find)
