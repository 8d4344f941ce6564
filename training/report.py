"""A run's report as one HTML page: digits, curves, the theory with the run's own figures, and options."""

from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digitgan.cli.program import program
from digitgan.contract.files import write_whole

from . import checkpoints, history
from .data import Dataset
from .drawing import page, pictures, replay, sheets
from .drawing.charts import Curve, line_chart
from .drawing.curves import read_history
from .errors import RunRefused
from .export import recipe_of, snapshot_of
from .judging import check_data, learned_by
from .metrics.distances import pixel_points
from .metrics.judge import Judge
from .metrics.neighbours import squared_distances
from .networks.base import Generator
from .post_training.stage import generator_part
from .run import Run
from .state import served
from .watch.appraisal import Appraiser

_ROW = 10


def write_report(run: Run, dataset: Dataset, to: Path, *, judge: Judge | None) -> None:
    """Write a run's report as one self-contained HTML page.

    Args:
        run: with at least one checkpoint.
        dataset: the real images.
        to: the page's file.
        judge: reads these images; None leaves its figures out.

    Raises:
        DataRefused: the run learned from other data.
        RunRefused: there is no run, it has no history or checkpoint yet, its recipe has changed since, or it stacks
            digits.
    """
    description, recipe = run.read(), recipe_of(run)
    check_data(learned_by(run), dataset)
    if recipe.stacks_digits:
        raise RunRefused(f"{run.folder}: a report does not show stacks; score this run with {program()} stacks")
    lines, everything = read_history(run.history), history.read(run.history)
    saved = snapshot_of(run)
    generator = served(recipe, saved)
    appraiser = Appraiser(dataset, judge=judge) if judge else None
    looks = [line for line in everything if "judge_distance" in line]
    parts = [
        f"<h1>{escape(recipe.name)}</h1><p class=soft>{escape(recipe.description)}</p>",
        _summary([line for line in everything if "images" in line], saved, generator, appraiser, dataset.n_classes),
        *(f'<p class="note">{escape(text)}</p>' for text in _events(everything)),
        "<h2>What it draws</h2>",
        _digits(generator, dataset),
        page.pair(*_sheets(run, generator), *_growth(run)),
        "<h2>How it went</h2>",
        _curves(lines, looks),
        *_post_training(run, saved),
        *replay.sections(recipe.loss, lines),
        "<h2>Options and environment</h2>",
        _configuration(description),
    ]
    to.parent.mkdir(parents=True, exist_ok=True)
    write_whole(to, page.page(f"{recipe.name}: a training run", parts).encode())


def _summary(
    lines: list[history.Line],
    saved: dict[str, Any],
    generator: Generator,
    appraiser: Appraiser | None,
    n_classes: int,
) -> str:
    """Return the run's most important figures."""
    last = lines[-1]
    facts = {
        "iterations": f"{last['iteration']:,}",
        "real images shown": f"{last['images']:,}",
        "minutes, of which processor": f"{last['elapsed_s'] / 60:.0f} / {last['cpu_s'] / 60:.0f}",
    }
    if appraiser:
        worth, floor = appraiser.appraise(generator), appraiser.floor()
        real = f" (real images: {floor:.2f})" if floor else ""
        facts |= {
            f"judge's distance{real}": f"{worth.judge_distance:.2f}",
            f"classes of {n_classes}, in effect": f"{worth.classes:.1f}",
            "duplicates (real: 1 %)": f"{worth.duplicates:.1%}",
        }
        if worth.label_accuracy is not None:
            facts["read as asked"] = f"{worth.label_accuracy:.1%}"
    chosen = (
        f"<p>This report shows the generator after its post-training, which began with iteration "
        f"{saved['iteration']:,}.</p>"
        if "post_training" in saved
        else f"<p>This report shows the snapshot of iteration {saved['iteration']:,}, which the judge rated best.</p>"
        if "appraisal" in saved
        else f"<p>This report shows the last checkpoint, of iteration {saved['iteration']:,}; the run had no judge.</p>"
    )
    return page.tiles(facts) + chosen


def _events(lines: list[history.Line]) -> list[str]:
    """Return the watchdog's last messages."""
    events = [
        f"Iteration {line['iteration']:,}: {line.get('warning') or line['rollback']}"
        for line in lines
        if "warning" in line or "rollback" in line
    ]
    return events[-8:]


def _digits(generator: Generator, dataset: Dataset) -> str:
    """Return a row of generated images, their nearest training images, and two rows of real ones."""
    label = np.arange(_ROW) % max(generator.n_classes, 1)
    generated = sheets.draw_seeds(generator, list(range(_ROW)), label)
    points = (pixel_points(images) / np.float32(255) for images in (generated, dataset.train_images))
    (squared,) = squared_distances(*points)
    nearest = squared.argmin(axis=1)
    apart = np.sqrt(squared.min(axis=1))
    real = dataset.train_images[_pairs(dataset.train_labels)]
    both = np.concatenate([generated, dataset.train_images[nearest]])
    return page.pair(
        page.figure(
            page.image(pictures.strip(both, _ROW), "Ten generated images above their nearest training images"),
            "Generated images of seeds 0 to 9, and below each its nearest training image, at a distance of "
            f"{apart.min():.1f} to {apart.max():.1f} in pixels. A copy would have distance 0.",
        ),
        page.figure(
            page.image(pictures.strip(real.reshape(-1, *real.shape[2:]), real.shape[1]), "Two real images a class"),
            "Real images for comparison, two of each class, in the order of the classes.",
        ),
    )


def _pairs(labels: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Return the places of the first two images of each class, a class per column: (2, classes).

    A class of one image has it twice.
    """
    places = [np.flatnonzero(labels == label)[:2] for label in np.unique(labels)]
    return np.stack([np.resize(each, 2) for each in places], axis=1)


def _sheets(run: Run, generator: Generator) -> list[str]:
    """Return the sheet of the served generator and, if there is an average, that of the last weights without it."""
    rows = 10 if generator.n_classes else 5
    columns = sheets.n_columns(rows, generator.n_classes)
    shown = page.figure(
        page.image(pictures.strip(sheets.draw(generator, rows), columns), "Sheet of the served generator", "sheet"),
        "The served generator"
        + (": a class per column, a seed per row." if generator.n_classes else ": seeds 0 to 24."),
    )
    saved = checkpoints.latest(run.checkpoints)
    if saved is None or saved["average"] is None:
        return [shown]
    raw = served(recipe_of(run), saved | {"average": None})
    bare = page.figure(
        page.image(pictures.strip(sheets.draw(raw, rows), columns), "The same without the average", "sheet"),
        f"The same seeds with the last weights, of iteration {saved['iteration']:,}, without the moving average.",
    )
    return [shown, bare]


def _growth(run: Run) -> list[str]:
    """Return the time-lapse of the sheets, if there are any."""
    paths = sorted(run.sheets.glob("*.png"))
    if not paths:
        return []
    uri, n_frames = pictures.time_lapse(paths)
    first, last = (int(paths[index].stem) for index in (0, -1))
    lapse = page.figure(
        page.image(uri, "Time-lapse of the sample sheets", "sheet"),
        f"The same seeds from iteration {first:,} to {last:,}, in {n_frames} pictures.",
    )
    return [lapse]


def _curves(lines: list[history.Line], looks: list[history.Line]) -> str:
    """Return the charts of the history."""

    def curve(name: str, key: str, source: list[history.Line] = lines) -> Curve:
        return Curve(name, [line["iteration"] for line in source], [line.get(key, np.nan) for line in source])

    figures = [
        page.figure(
            replay.losses_chart(lines),
            "Losses, averaged over the iterations between two lines of the history. They need not fall: each network's "
            "task gets harder as the other learns.",
        ),
        page.figure(
            replay.accuracy_chart(lines),
            "Share that the discriminator gets right. The game ends at 50 % if both networks play well, but a "
            "collapsed pair may also stand there.",
        ),
    ]
    if "logit_gap" in lines[-1]:
        figures.append(
            page.figure(
                line_chart("Logit gap", [curve("logit gap", "logit_gap")]),
                "How much higher the discriminator rates real images, in logits. Above 10 it has won.",
            )
        )
    if looks:
        figures.append(
            page.figure(
                line_chart("Judge's distance", [curve("judge's distance", "judge_distance", looks)]),
                "Frechet distance to training digits, by a classifier that takes no part in the game. This figure does "
                "show a collapse. Lower is better; the snapshot with the lowest distance is kept.",
            )
        )
    return page.pair(*figures)


def _post_training(run: Run, saved: dict[str, Any]) -> list[str]:
    """Return the section about the stage after the training, if the run has one."""
    spent = saved.get("post_training")
    if not spent:
        return []
    parts = [
        "<h2>Post-training</h2>",
        f"<p>After the training came {spent['network_iterations']:,} steps of three small classifiers and "
        f"{spent['iterations']:,} steps of the generator, without a discriminator, in {spent['wall_s'] / 60:.1f} "
        "minutes. The generator followed the energy distance between real and generated images, in pixels and in what "
        "the classifiers see. It is 0 only if both have the same distribution.</p>",
    ]
    lines = [line for line in history.read(generator_part(run).history) if "energy_distance" in line]
    if lines:
        curve = Curve(
            "energy distance", [line["iteration"] for line in lines], [line["energy_distance"] for line in lines]
        )
        caption = (
            "Energy distance of the images of a step, summed over pixels and features. It may be below 0, because "
            "it is estimated without bias from few images."
        )
        parts.append(page.pair(page.figure(line_chart("Energy distance", [curve], x_name="step"), caption)))
    return parts


def _configuration(description: dict[str, Any]) -> str:
    """Return all options and the environment; long parts are folded."""
    start = description["starts"][-1]
    short = {"command": start["command"], **description["options"]}
    parts = [page.table(short)]
    parts += [
        f"<details><summary>{name}</summary>{page.table(description[name])}</details>" for name in ("recipe", "data")
    ]
    for number, each in enumerate(description["starts"], 1):
        summary = f"start {number}, from iteration {each['iteration']:,}"
        parts.append(f"<details><summary>{summary}</summary>{page.table(each)}</details>")
    return "".join(parts)
