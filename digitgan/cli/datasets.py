"""What the command `dataset` does: a labelled data set as one file, as a folder, or as shards in a folder."""

import shutil
import tarfile
import zipfile
from collections.abc import Callable, Generator, Mapping
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from digitgan.cli.output import print_outcome, progress, save, usage_errors
from digitgan.contract.card import Card
from digitgan.contract.errors import NotInstalled
from digitgan.dataset.folder import ShardFolder
from digitgan.dataset.shards import USUAL_IMAGES, Shard, cut, fingerprint, make, prepare_shard
from digitgan.dataset.spec import DatasetSpec
from digitgan.dataset.workers import open_producer
from digitgan.engine.engine import Engine
from digitgan.engine.loading import open_engine
from digitgan.engine.settings import EngineSettings
from digitgan.formats import outputs
from digitgan.formats.encoding import prepare
from digitgan.formats.format import Format, Use
from digitgan.formats.registry import IDX, PARQUET, named, suffixed
from digitgan.picture.picture import Picture


def _untar(file: Path, folder: Path) -> None:
    with tarfile.open(file) as archive:
        archive.extractall(folder, filter="data")


def _unzip(file: Path, folder: Path) -> None:
    with zipfile.ZipFile(file) as archive:
        archive.extractall(folder)  # noqa: S202 - this process packed it


def _copy_table(file: Path, folder: Path) -> None:
    shutil.copyfile(file, folder / "train.parquet")


_UNPACK: Mapping[str, Callable[[Path, Path], None]] = {".tar": _untar, ".zip": _unzip, ".parquet": _copy_table}


def write_dataset(
    settings: EngineSettings,
    spec: DatasetSpec,
    *,
    output: str,
    format_name: str | None,
    as_json: bool,
    shard_images: int | None,
    on_ray: bool,
    workers: int | None,
) -> None:
    """Write a data set to a file or a folder, with a progress bar, and print what was written.

    Args:
        settings: the engine's settings.
        spec: the data set.
        output: the file or folder; a folder ends with a slash, has no suffix, or exists.
        format_name: name of the format; None to derive it from the file's name.
        as_json: print a JSON object.
        shard_images: images in a shard; None for one file or folder, or for the usual number on a cluster.
        on_ray: make shards on a Ray cluster.
        workers: number of processes that generate images; None for as many as are worthwhile.

    Raises:
        UsageError: the request is not possible; the text names the option.
        NotInstalled: the format, or the cluster, needs a package that is not installed.
        CannotServe, RunFailed: raised by the engine.
        OSError: the target is not writable.
    """
    target = Path(output)
    is_folder = target != outputs.STANDARD and (output.endswith("/") or not target.suffix or target.is_dir())
    is_sharded = on_ray or shard_images is not None
    if is_sharded and not (is_folder and format_name in (None, PARQUET.name)):
        raise click.UsageError(f"{'--ray' if on_ray else '--shard-images'}: shards are Parquet files in a folder")
    if on_ray and workers is not None:
        raise click.UsageError("--workers: with --ray, the cluster decides how many processes work")
    format = PARQUET if is_sharded else _format(target, format_name, is_folder=is_folder)
    if on_ray and find_spec("ray") is None:
        raise NotInstalled("--ray", "ray", "ray")  # with it comes what Parquet needs
    if not format.is_installed:
        raise NotInstalled(f"--format {format.name}", str(format.library), str(format.extra))
    with usage_errors():
        if is_sharded:
            about = _write_shards(settings, spec, target, shard_images, workers, on_ray=on_ray)
        else:
            about = _write_whole(settings, spec, target, format, workers, is_folder=is_folder)
    print_outcome(about, target, as_json=as_json)


def _format(target: Path, name: str | None, *, is_folder: bool) -> Format:
    """Return the format that the options name, or the name of the file."""
    formats = named(Use.DATASET)
    if is_folder or target == outputs.STANDARD:
        return formats[name or IDX.name]
    by_suffix = suffixed(Use.DATASET)
    if name is not None and formats[name].suffix != target.suffix:
        expected = f"{name} takes a file with the suffix {formats[name].suffix}, or a folder: a name that ends with /"
        raise click.UsageError(f"-o {target}: {expected}")
    if target.suffix not in by_suffix:
        suffixes = ", ".join(by_suffix)
        expected = f"must be a file with one of the suffixes {suffixes}, or a folder: a name that ends with /"
        raise click.UsageError(f"-o {target}: {expected}")
    return by_suffix[target.suffix]


def _write_whole(
    settings: EngineSettings,
    spec: DatasetSpec,
    target: Path,
    format: Format,
    workers: int | None,
    *,
    is_folder: bool,
) -> dict[str, Any]:
    outputs.check_target(target, is_folder=is_folder)
    place = outputs.to_folder(target, _UNPACK[format.suffix]) if is_folder else outputs.to_file(target)
    with open_engine(settings, spec.model, spec.version) as engine:
        card = engine.find(spec.model, spec.version).card
        job = prepare(engine, spec.plan(card, settings.max_stream_images), Picture(), format)
        about = {"model": card.model, "version": card.version, "seed": spec.seed, "count": spec.count}
        with open_producer(engine, settings, [job], workers) as producer:
            return {**about, "format": format.name, **save(producer, job, format, place)}


def _write_shards(
    settings: EngineSettings,
    spec: DatasetSpec,
    target: Path,
    shard_images: int | None,
    workers: int | None,
    *,
    on_ray: bool,
) -> dict[str, Any]:
    """Make the shards that a folder does not hold yet, and return what was made."""
    with open_engine(settings, spec.model, spec.version) as engine:
        card = engine.find(spec.model, spec.version).card
        n_images = _usual_images(settings, card) if shard_images is None else shard_images
        shards = cut(spec, card, n_images, settings.max_stream_images)
        about = {"model": card.model, "version": card.version, "seed": spec.seed, "count": spec.count}
        made_with = fingerprint(engine, spec)
        folder = ShardFolder(target, {**about, "truncation": spec.truncation, "shard_images": n_images, **made_with})
        missing = [shard for shard in shards if not folder.has(shard.name)]
        n_missing = sum(shard.spec.count for shard in missing)
        with progress(spec.count, spec.count - n_missing) as bar:
            if on_ray:
                contents = _by_cluster(settings, missing, made_with, bar.update)
            else:
                contents = _by_processes(settings, engine, missing, workers, bar.update)
            with closing(contents):
                for shard, content in contents:
                    folder.add(shard.name, content)
        size = folder.close([shard.name for shard in shards])
    kept = len(shards) - len(missing)
    return {**about, "format": PARQUET.name, "shards": len(shards), "kept": kept, "size_bytes": size}


def _usual_images(settings: EngineSettings, card: Card) -> int:
    n_classes = max(1, card.n_classes)
    return max(1, min(USUAL_IMAGES, settings.max_stream_images) // n_classes) * n_classes


def _by_processes(
    settings: EngineSettings,
    engine: Engine,
    shards: list[Shard],
    workers: int | None,
    on_images: Callable[[int], object],
) -> Generator[tuple[Shard, bytes], None, None]:
    """Yield shards with their bytes in order, and report the number of images of each chunk."""
    jobs = [prepare_shard(engine, shard.spec) for shard in shards]
    with open_producer(engine, settings, jobs, workers) as producer:
        for shard, job in zip(shards, jobs, strict=True):
            yield shard, make(producer, job, on_images)


def _by_cluster(
    settings: EngineSettings, shards: list[Shard], made_with: dict[str, Any], on_images: Callable[[int], object]
) -> Generator[tuple[Shard, bytes], None, None]:
    """Yield shards with their bytes as they become ready, and report the number of images of each."""
    if not shards:
        return
    from digitgan.dataset.cluster import make_on_cluster

    with closing(make_on_cluster(settings, shards, made_with)) as making:
        for shard, content in making:
            on_images(shard.spec.count)
            yield shard, content
