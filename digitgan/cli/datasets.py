"""What the commands `dataset` do: a labelled data set as one file, as a folder, or as shards in a folder."""

import shutil
import tarfile
import zipfile
from collections.abc import Callable, Generator, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, closing
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO

import click

from digitgan.cli.messages import print_note
from digitgan.cli.output import note_above_progress, print_outcome, progress, save, show_stage, usage_errors
from digitgan.contract.card import Card
from digitgan.contract.errors import NotInstalled
from digitgan.contract.words import counted
from digitgan.dataset.folder import ShardFolder
from digitgan.dataset.numbers import NumbersSpec
from digitgan.dataset.selection import Counting
from digitgan.dataset.shards import USUAL_IMAGES, Made, Shard, cut, fingerprint, make_shard, prepare_shard, shard_sizes
from digitgan.dataset.spec import DatasetSpec
from digitgan.dataset.store import LocalStore, Store, is_address, open_store
from digitgan.dataset.workers import open_producer
from digitgan.engine.engine import Engine
from digitgan.engine.loading import open_engine
from digitgan.engine.selection import Tally
from digitgan.engine.settings import EngineSettings
from digitgan.formats import outputs
from digitgan.formats.encoding import prepare
from digitgan.formats.format import Format, Use
from digitgan.formats.registry import IDX, LABELLED_FILES, PARQUET, named, suffixed
from digitgan.picture.picture import Picture
from digitgan.request.messages import validated


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
    about_hand: Mapping[str, Any],
) -> None:
    """Write a data set to a file or a folder, with a progress bar, and print what was written.

    Args:
        settings: the engine's settings.
        spec: the data set.
        output: the file or folder; a folder ends with a slash, has no suffix, or exists. Or the address of a folder in
            object storage, for shards.
        format_name: name of the format; None to derive it from the file's name.
        as_json: print a JSON object.
        shard_images: images in a shard; None for one file or folder, or for the usual number on a cluster.
        on_ray: make shards on a Ray cluster.
        workers: number of processes that generate images; None for as many as are worthwhile.
        about_hand: facts about the hand, for the JSON object.

    Raises:
        UsageError: the request is not possible; the text names the option.
        NotInstalled: the cluster, or object storage, needs a package that is not installed.
        CannotServe, RunFailed: raised by the engine.
        OSError: the target is not writable.
    """
    target, is_remote = Path(output), is_address(output)
    is_folder = is_remote or _is_folder(output)
    is_sharded = on_ray or shard_images is not None
    if is_remote and not is_sharded:
        raise click.UsageError(f"-o {output.partition(':')[0]}://: only shards go there; add --shard-images or --ray")
    if is_sharded and not (is_folder and format_name in (None, PARQUET.name)):
        raise click.UsageError(f"{'--ray' if on_ray else '--shard-images'}: shards are Parquet files in a folder")
    if on_ray and workers is not None:
        raise click.UsageError("--workers: with --ray, the cluster decides how many processes work")
    if on_ray and find_spec("ray") is None:
        raise NotInstalled("--ray", "ray", "ray")
    with usage_errors():
        if is_sharded:
            store = open_store(output) if is_remote else LocalStore(target)
            place, about = store.name, _write_shards(settings, spec, store, shard_images, workers, on_ray=on_ray)
        else:
            format = _format(output, format_name, Use.DATASET, IDX)
            place, about = str(target), _write_whole(settings, spec, target, format, workers, is_folder=is_folder)
    if (selected := about.get("selected")) and not as_json:
        print_note(_in_words(selected))
    print_outcome({**about, **about_hand}, place, as_json=as_json)


def _in_words(selected: Mapping[str, int]) -> str:
    """Return how images were chosen."""
    chosen = f"{selected['later']:,} of {counted(selected['images'], 'image')} are not their first candidate"
    return f"{chosen}; the judge refused {selected['refused']:,} of {counted(selected['candidates'], 'candidate')}"


def write_numbers(
    settings: EngineSettings,
    fields: Mapping[str, Any],
    *,
    output: str,
    format_name: str | None,
    as_json: bool,
    workers: int | None,
    about_hand: Mapping[str, Any],
) -> None:
    """Write a data set of numbers to a file or a folder, with a progress bar, and print what was written.

    Args:
        settings: the engine's settings.
        fields: the fields of `NumbersSpec`; None for those that were not given.
        output: as for `write_dataset`.
        format_name: as for `write_dataset`.
        as_json: print a JSON object.
        workers: number of processes that write numbers; None for as many as are worthwhile.
        about_hand: facts about the hand, for the JSON object.

    Raises:
        UsageError, NotInstalled, CannotServe, RunFailed, OSError: as raised by `write_dataset`.
    """
    target = Path(output)
    format = _format(output, format_name, Use.NUMBERS, LABELLED_FILES)
    _check_installed(format)
    with usage_errors():
        spec = validated(NumbersSpec, {name: value for name, value in fields.items() if value is not None}, "option")
        place = _place(target, format, is_folder=_is_folder(output))
        with open_engine(settings, spec.model, spec.version) as engine:
            job = spec.job(engine, format)
            about: dict[str, Any] = {"model": job.card.model, "version": job.card.version, "pattern": spec.pattern}
            about |= {"seed": spec.seed, "count": spec.count, **spec.of_hand, "format": format.name}
            with open_producer(engine, settings, [job], workers, format.pack) as producer:
                about |= save(producer, job, format, place)
    print_outcome({**about, **about_hand}, target, as_json=as_json)


def _is_folder(output: str) -> bool:
    """Return whether an output is a folder: it ends with a slash, has no suffix, or exists as one."""
    target = Path(output)
    return target != outputs.STANDARD and (output.endswith("/") or not target.suffix or target.is_dir())


def _format(output: str, name: str | None, use: Use, usual: Format) -> Format:
    """Return the format that the options name, or the name of the file, or else the usual one."""
    formats, target = named(use), Path(output)
    if _is_folder(output) or target == outputs.STANDARD:
        return formats[name or usual.name]
    by_suffix = suffixed(use)
    if name is not None and formats[name].suffix != target.suffix:
        expected = f"{name} takes a file with the suffix {formats[name].suffix}, or a folder: a name that ends with /"
        raise click.UsageError(f"-o {target}: {expected}")
    if target.suffix not in by_suffix:
        suffixes = ", ".join(by_suffix)
        expected = f"must be a file with one of the suffixes {suffixes}, or a folder: a name that ends with /"
        raise click.UsageError(f"-o {target}: {expected}")
    return formats[name] if name is not None else by_suffix[target.suffix]


def _check_installed(format: Format) -> None:
    """Raise NotInstalled if a format needs a package that is missing."""
    if not format.is_installed:
        raise NotInstalled(f"--format {format.name}", str(format.library), str(format.extra))


def _place(target: Path, format: Format, *, is_folder: bool) -> AbstractContextManager[BinaryIO]:
    """Return a context with a file that becomes the target.

    Raises:
        CannotWrite: the target is clearly not writable.
    """
    outputs.check_target(target, is_folder=is_folder)
    return outputs.to_folder(target, _UNPACK[format.suffix]) if is_folder else outputs.to_file(target)


def _write_whole(
    settings: EngineSettings,
    spec: DatasetSpec,
    target: Path,
    format: Format,
    workers: int | None,
    *,
    is_folder: bool,
) -> dict[str, Any]:
    place = _place(target, format, is_folder=is_folder)
    with open_engine(settings, spec.model, spec.version) as engine:
        card = engine.find(spec.model, spec.version).card
        job = prepare(engine, spec.plan(card, settings.max_stream_images), Picture(), format)
        about = _about(spec, card)
        with open_producer(engine, settings, [job], workers) as producer:
            counting = Counting(producer)
            saved = save(counting, job, format, place)
        return {**about, "format": format.name, **saved, **_counts(spec, counting.tally)}


def _write_shards(
    settings: EngineSettings,
    spec: DatasetSpec,
    store: Store,
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
        fixed = spec.of(card).model_dump(exclude_defaults=True) | {"seed": spec.seed}
        made_with = fingerprint(engine, spec)
        folder = ShardFolder(
            store, {**fixed, "shard_images": n_images, **made_with}, is_selected=bool(spec.of_selection)
        )
        sizes = shard_sizes(engine, shards)
        missing = [shard for shard in shards if not folder.has(shard.name, sizes[shard.name])]
        n_missing = sum(shard.spec.count for shard in missing)
        with progress(spec.count, spec.count - n_missing) as bar:
            if on_ray:
                made = _by_cluster(settings, missing, made_with, store.address, bar)
            else:
                made = _by_processes(settings, engine, missing, workers, bar.update)
            with closing(made):
                _put(made, folder)
        folder.close(sizes)
    return {
        **_about(spec, card),
        "format": PARQUET.name,
        "shards": len(shards),
        "kept": len(shards) - len(missing),
        "size_bytes": sum(sizes.values()),
        **_counts(spec, folder.tally),
    }


def _about(spec: DatasetSpec, card: Card) -> dict[str, Any]:
    """Return what a data set is, in the fields of its description."""
    about = {"model": card.model, "version": card.version, "seed": spec.seed, "count": spec.count}
    labels = {} if spec.labels == "balanced" else {"labels": spec.labels}
    names = {"class_names": list(card.names)} if card.names else {}
    return {**about, **labels, **names, **spec.of_hand, **spec.of_selection}


def _counts(spec: DatasetSpec, tally: Tally) -> dict[str, Any]:
    """Return how the images of a data set were chosen, if they were."""
    return {"selected": asdict(tally)} if spec.of_selection else {}


def _put(shards: Iterable[Made], folder: ShardFolder) -> None:
    """Put shards into their folder, each while the next one is made.

    Raises:
        OSError: a shard cannot be written.
    """
    with ThreadPoolExecutor(1) as aside:
        writing: Future[None] | None = None
        for made in shards:
            if writing is not None:
                writing.result()
            writing = aside.submit(folder.add, made.shard.name, made.sha256, made.content, made.tally)
        if writing is not None:
            writing.result()


def _usual_images(settings: EngineSettings, card: Card) -> int:
    n_classes = max(1, card.n_classes)
    return max(1, min(USUAL_IMAGES, settings.max_stream_images) // n_classes) * n_classes


def _by_processes(
    settings: EngineSettings,
    engine: Engine,
    shards: list[Shard],
    workers: int | None,
    on_images: Callable[[int], object],
) -> Generator[Made, None, None]:
    """Yield shards in order, and report the number of images of each chunk."""
    jobs = [prepare_shard(engine, shard.spec) for shard in shards]
    with open_producer(engine, settings, jobs, workers) as producer:
        for shard, job in zip(shards, jobs, strict=True):
            yield make_shard(producer, shard, job, on_images)


def _by_cluster(
    settings: EngineSettings,
    shards: list[Shard],
    made_with: dict[str, Any],
    address: str | None,
    bar: Any,
) -> Generator[Made, None, None]:
    """Yield shards as they become ready, and show on a progress bar how many images they have."""
    if not shards:
        return
    from digitgan.dataset.cluster import make_on_cluster

    def on_start() -> None:
        show_stage(bar, "")
        bar.unpause()  # so the time that Ray took to start is not part of the rate

    show_stage(bar, "Ray is starting")
    with closing(make_on_cluster(settings, shards, made_with, address, on_start, note_above_progress)) as making:
        for made in making:
            bar.update(made.shard.spec.count)
            yield made
