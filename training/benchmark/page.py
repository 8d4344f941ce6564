"""The page with all models' figures, and the short table of those that are served.

Equal figures give equal text, so that a test can compare.
"""

from collections.abc import Iterable, Mapping, Sequence

from digitgan.contract.card import Metric

from ..choices import FIRST_SEED, N_DRAWS, N_IMAGES
from ..evaluate import DEFINITIONS
from ..metrics.reader_networks import READERS
from .figures import READER, ModelFigures
from .targets import TARGETS, Target

COSTS = {
    "multiply_adds": "multiplications with addition for one image",
    "size_bytes": "of the ONNX file",
}
_PERCENT = ("label_accuracy", "guard_label_accuracy", READER, "memorised_share")
_IN_FLOORS = ("frechet_distance", "guard_frechet_distance", "pixel_distance")
_COUNTS = ("duplicates", "stacked_modes", *COSTS)
_SHORT = (
    *("frechet_distance", "precision", "recall", "label_accuracy", READER),
    *COSTS,
)

_BY_READER = [f"{READER}/{reader}" for reader in READERS]

_INTRODUCTION = f"""# The models' figures

This page is written by `digitgan benchmark`. It takes the figures from the cards of the newest versions in
`exported/` and `docs/benchmarks/models/`. If a card lacks figures, or if they were measured in another way, the command
measures them first.

The exported file itself is scored, through onnxruntime: {N_DRAWS} draws of {N_IMAGES:,} images, with seeds from
{FIRST_SEED:,} on, against the 10,000 test digits of MNIST. Values are means over the draws. *Real digits* are as many
training digits, scored in the same way; their score is the floor. In each draw, a generator with classes gets the
labels of those training digits. +- is half of a 95 % confidence interval over the draws. It does not include
the effect of another training seed. [The judges](judge.md) says how far each figure can be trusted, and which judge
selected what.
"""

_NOT_SERVED = """## The models that are not served

```sh
digitgan run mlp-torch --to docs/benchmarks/models
digitgan run dcgan --to docs/benchmarks/models
digitgan benchmark
```

Each model is trained for as long as the program that it follows. The cards are kept, but the files are not.
`digitgan benchmark FILE.onnx --to PAGE.md` adds a generator from another project.
"""


def page(models: Sequence[ModelFigures]) -> str:
    """Return the page: every score of every model with its target, then how each model was trained."""
    rows = [row for name in DEFINITIONS for row in ((name, *_BY_READER) if name == READER else (name,))]
    scores = _table(models, (*rows, *COSTS))
    foreign = [f"`{model.name}` is read as: {model.read_as}.\n" for model in models if model.read_as]
    meanings = [f"- {_heading(name)}: {meaning}." for name, meaning in {**DEFINITIONS, **COSTS}.items()]
    parts = [
        _INTRODUCTION,
        scores,
        *foreign,
        "## What the scores are\n",
        *meanings,
        "",
        "## How the models were trained\n",
    ]
    return "\n".join([*parts, _trainings(models), _NOT_SERVED])


def short_table(models: Sequence[ModelFigures]) -> str:
    """Return the most important figures of a few models, without margins and targets."""
    return _table(models, _SHORT, is_brief=True)


def _table(models: Sequence[ModelFigures], names: Iterable[str], *, is_brief: bool = False) -> str:
    """Return a table with a row per score, a column per model, and a column of targets after a model with targets."""
    headings, rows = ["score", "real digits"], [[_heading(name), _floor(models, name, is_brief)] for name in names]
    for model in models:
        targets = {} if is_brief else TARGETS.get(model.name, {})
        headings += [f"`{model.name}`", "target"] if targets else [f"`{model.name}`"]
        for row, name in zip(rows, names, strict=True):
            metric = _metric(model, name)
            row.append(_value(name, metric, is_brief))
            if targets:
                row.append(_verdict(name, metric, _target(targets, name)))
    return _markdown(headings, rows)


def _target(targets: Mapping[str, Target], name: str) -> Target | None:
    """Return the target of a row; that of the readers holds for each of them, and not for their mean."""
    return None if name == READER else targets.get(name.partition("/")[0])


def _metric(model: ModelFigures, name: str) -> Metric | None:
    """Return a score, that of one reader, or one of the costs, which are in the card without measurement."""
    if name in _BY_READER:
        score, _, reader = name.partition("/")
        readers = model.metrics[score].readers if score in model.metrics else None
        by_one = (readers or {}).get(reader)
        return Metric(value=by_one.accuracy, floor=by_one.floor, definition="") if by_one else None
    if name not in COSTS:
        return model.metrics.get(name)
    if model.card is None:
        return None
    cost = model.card.multiply_adds if name == "multiply_adds" else model.card.file.size_bytes
    return None if cost is None else Metric(value=cost, definition=COSTS[name])


def _floor(models: Sequence[ModelFigures], name: str, is_brief: bool) -> str:
    """Return the score of real digits, which is the same for all models that have the score."""
    for model in models:
        metric = _metric(model, name)
        if metric is not None and metric.floor is not None:
            return _spell(name, metric.floor, is_brief) + ("" if is_brief else _margin(name, metric.floor_margin))
    return ""


def _value(name: str, metric: Metric | None, is_brief: bool) -> str:
    if metric is None:
        return ""
    comparison = ""
    if name in _IN_FLOORS and metric.floor:
        comparison = f" ({metric.value / metric.floor:.2f} floors)"
    elif name in _BY_READER and metric.floor is not None:
        comparison = f" ({100 * (metric.value - metric.floor):+.2f} points)"
    return _spell(name, metric.value, is_brief) + ("" if is_brief else _margin(name, metric.margin)) + comparison


def _verdict(name: str, metric: Metric | None, target: Target | None) -> str:
    if target is None:
        return ""
    verdict = "not measured" if metric is None else "met" if target.is_met(metric.value, metric.floor) else "**missed**"
    return f"{_demand(name, target)}: {verdict}"


def _demand(name: str, target: Target) -> str:
    match target.rule:
        case "at most" | "at least":
            return f"{target.rule} {_spell(name, target.limit)}"
        case "at most floors":
            return f"at most {target.limit:g} floors"
        case "at least below floor":
            return f"at least real minus {100 * target.limit:.2f} points"
        case "within of floor" if _is_share(name):
            return f"within {100 * target.limit:.2f} points of real"
        case "within of floor":
            return f"within {target.limit:g} of real"


def _spell(name: str, figure: float, is_brief: bool = False) -> str:
    if name in _COUNTS:
        return f"{figure:,.0f}" if figure == int(figure) else f"{figure:,.1f}"
    if _is_share(name):
        return f"{figure:.1%}".replace("%", " %") if is_brief else f"{figure:.2%}".replace("%", " %")
    return f"{figure:.2f}" if is_brief else f"{figure:.4g}"


def _margin(name: str, margin: float | None) -> str:
    """Return a margin as text after its figure; empty if there is none or it is 0."""
    if not margin or name in _COUNTS:
        return ""
    return f" +- {margin:.2%}".replace("%", " %") if _is_share(name) else f" +- {margin:.2g}"


def _is_share(name: str) -> bool:
    """Return whether a figure is spelled as a percentage."""
    return name.partition("/")[0] in _PERCENT


def _heading(name: str) -> str:
    if name in _BY_READER:
        return f"reader {name.partition('/')[2]}"
    return name.replace("_", " ").replace("frechet", "Frechet")


def _trainings(models: Sequence[ModelFigures]) -> str:
    headings = ["model", "parameters", "iterations", "images shown", "CPU minutes", "sha256 of the file", "measured in"]
    rows = [
        [
            f"`{card.model}` {card.version}",
            _count(card.n_parameters),
            _count(card.training.iterations if card.training else None),
            _count(card.training.images if card.training else None),
            _count(card.training.cpu_s / 60 if card.training else None),
            f"`{card.file.sha256[:16]}`",
            _draws(model.metrics.get("frechet_distance")),
        ]
        for model in models
        if (card := model.card) is not None
    ]
    return _markdown(headings, rows)


def _count(figure: float | None) -> str:
    return "unknown" if figure is None else f"{figure:,.0f}"


def _draws(metric: Metric | None) -> str:
    if metric is None:
        return "not measured"
    return f"{metric.n_draws} x {metric.n_images:,}" if metric.n_draws and metric.n_images else "not stated"


def _markdown(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [headings, ["---"] + ["---:"] * (len(headings) - 1), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"
