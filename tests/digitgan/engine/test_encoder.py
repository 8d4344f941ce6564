"""How a version's encoder is opened, what it finds, and how the engine runs it beside everything else."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto

from digitgan.contract.card import ENCODER_FILE, Card, ModelReference, write_card
from digitgan.contract.errors import InvalidPlan, ModelRefused, Overloaded, RunFailed
from digitgan.engine.encoder import IMAGES_PER_PICTURE, PictureEncoder
from digitgan.engine.engine import Engine
from digitgan.engine.loading import create_engine, create_repository
from digitgan.engine.settings import EngineSettings
from tests.backends import EchoBackend
from tests.cards import a_card, an_encoder, deploy
from tests.eventually import eventually
from tests.graphs import a_graph, an_encoder_graph
from tests.handwriting import digits
from tests.processes import PATIENCE_S

GRAPH = an_encoder_graph()
IMAGES = np.arange(18, dtype=np.uint8).reshape(3, 2, 3)


def tiny(read: Callable[[], bytes | None] = lambda: GRAPH, card: Card | None = None) -> PictureEncoder:
    return PictureEncoder(card or a_card(), read, provider="cpu", threads=1)


def an_engine(*backends: EchoBackend, queue_images: int = 4096) -> Engine:
    return Engine(backends, default_model=backends[0].card.model, batch_images=8, queue_images=queue_images)


def with_encoder(encoder: PictureEncoder, card: Card | None = None) -> EchoBackend:
    backend = EchoBackend(card or encoder.card)
    backend.encoder = encoder
    return backend


def test_tiny_encoder_finds_latents_and_classes() -> None:
    latents, labels = tiny().run(IMAGES)
    assert latents.tolist() == IMAGES.reshape(3, 6)[:, :4].tolist()
    assert (labels.tolist(), labels.dtype.name) == ([3, 3, 3], "int64")


def test_encoder_is_read_at_its_first_run_and_only_once() -> None:
    reads = []
    encoder = tiny(lambda: reads.append(1) or GRAPH)  # type: ignore[func-returns-value]
    assert not reads
    threads = [threading.Thread(target=encoder.run, args=(IMAGES,)) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(reads) == 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            an_encoder_graph(latent_type=TensorProto.DOUBLE),
            r"has outputs .*tensor\(double\).*requires .*tensor\(float\)",
        ),
        (an_encoder_graph(latent_size=5), r"has outputs .*\[5\].*requires .*\[4\]"),
        (an_encoder_graph(width=4), r"has inputs .*\[2, 4\].*requires .*\[2, 3\]"),
        (an_encoder_graph(batch=1), "the batch dimension of image is not dynamic"),
        (a_graph(), r"has inputs .*'latent'.*requires .*'image'"),
        (b"no graph", "onnxruntime cannot load the model"),
        (None, "is not in its card"),
    ],
)
def test_encoder_that_breaks_the_contract_is_refused(content: bytes | None, reason: str) -> None:
    with pytest.raises(ModelRefused, match=reason):
        tiny(lambda: content).run(IMAGES)


@pytest.fixture
def settings(tmp_path: Path) -> EngineSettings:
    """Return settings for a folder with one model that has an encoder."""
    graph = a_graph()
    card = a_card(graph, encoder=an_encoder(GRAPH))
    folder = deploy(tmp_path, card, graph)
    (folder / ENCODER_FILE).write_bytes(GRAPH)
    write_card(card, folder)
    return EngineSettings(models_dir=tmp_path, default_model="tiny", provider="cpu", threads=1, batch_images=8)


def test_loaded_version_has_its_encoder(settings: EngineSettings) -> None:
    engine = create_engine(settings)
    encoded = asyncio.run(engine.encode(IMAGES))
    engine.close()
    assert (encoded.encoder.model, encoded.drawn.card.model, len(encoded.drawn.images.pixels)) == ("tiny", "tiny", 3)


def test_encoder_file_that_changes_before_its_first_run_is_refused(settings: EngineSettings) -> None:
    [backend] = create_repository(settings).load()
    assert backend.encoder is not None
    file = settings.models_dir / "tiny/1" / ENCODER_FILE
    file.write_bytes(bytes(len(file.read_bytes())))
    with pytest.raises(ModelRefused, match=r"encoder\.onnx: sha256 .* but its card says"):
        backend.encoder.run(IMAGES)


def test_pictures_have_the_same_latents_alone_and_in_any_batch(models_dir: Path) -> None:
    backend = create_repository(EngineSettings(models_dir=models_dir, threads=1)).load_version("digits", None)
    assert backend.encoder is not None
    images, _ = digits()
    together, labels = backend.encoder.run(images[:8])
    for size in (1, 2, 3, 5):
        parts = [backend.encoder.run(images[i : min(i + size, 8)]) for i in range(0, 8, size)]
        assert np.array_equal(np.concatenate([latents for latents, _ in parts]), together)
        assert np.array_equal(np.concatenate([classes for _, classes in parts]), labels)


def test_variants_use_the_encoder_of_the_version_that_they_come_from() -> None:
    def card(model: str, content: bytes, **changes: object) -> Card:
        return a_card(content, model=model, **changes)

    base = card("base", b"1")
    reference = ModelReference(model="base", version="1", sha256=base.file.sha256)
    student = card("student", b"2", teacher=reference)
    again = ModelReference(model="student", version="1", sha256=student.file.sha256)
    cards = [student, card("variant", b"3", variant_of=again), card("other", b"4")]
    itself = card("itself", b"5")
    round_trip = ModelReference(model="itself", version="1", sha256=itself.file.sha256)
    cards.append(card("itself", b"5", teacher=round_trip))
    encoder = tiny(card=base)
    engine = an_engine(with_encoder(encoder), *map(EchoBackend, cards))
    for model in ("base", "student", "variant"):
        found, used = engine.encoder_of(model, None)
        assert (found.model, used) == (model, encoder)
    for model in ("other", "itself"):
        with pytest.raises(InvalidPlan, match=f"'{model}' reads no pictures; models that do: base, student, variant"):
            engine.encoder_of(model, None)
    engine.close()


def test_variant_whose_base_is_not_served_reads_no_pictures() -> None:
    gone = ModelReference(model="base", version="1", sha256="0" * 64)
    engine = an_engine(EchoBackend(a_card(variant_of=gone)))
    with pytest.raises(InvalidPlan, match=r"model 'tiny' reads no pictures$") as raised:
        asyncio.run(engine.encode(IMAGES))
    assert raised.value.field == "model"
    engine.close()


def test_pictures_of_another_size_are_refused() -> None:
    engine = an_engine(with_encoder(tiny()))
    with pytest.raises(InvalidPlan, match="model 'tiny' reads pictures of 2 x 3 pixels, not 28 x 28"):
        asyncio.run(engine.encode(np.zeros((1, 28, 28), np.uint8)))
    engine.close()


def test_encoder_runs_in_a_model_thread_and_holds_admission() -> None:
    entered, go_on = threading.Event(), threading.Event()
    ran_in: list[str] = []

    def read() -> bytes:
        ran_in.append(threading.current_thread().name)
        entered.set()
        assert go_on.wait(PATIENCE_S)
        return GRAPH

    async def encode_twice() -> None:
        engine = an_engine(with_encoder(tiny(read)), queue_images=4 * IMAGES_PER_PICTURE)
        first = asyncio.create_task(engine.encode(IMAGES))
        await asyncio.to_thread(entered.wait, PATIENCE_S)
        assert engine.admitted_images == 3 * IMAGES_PER_PICTURE
        with pytest.raises(Overloaded):
            await engine.encode(IMAGES)
        go_on.set()
        assert len((await first).labels) == 3
        assert engine.admitted_images == 0
        engine.close()

    asyncio.run(encode_twice())
    assert [name.rpartition("_")[0] for name in ran_in] == ["model"]


def test_cancelled_pictures_that_wait_never_run() -> None:
    entered, go_on = threading.Event(), threading.Event()

    def read() -> bytes:
        entered.set()
        assert go_on.wait(PATIENCE_S)
        return GRAPH

    async def cancel_the_second() -> None:
        never: list[int] = []
        other = a_card(b"other", model="other")
        encoder = tiny(lambda: never.append(1) or GRAPH, other)  # type: ignore[func-returns-value]
        engine = an_engine(with_encoder(tiny(read)), with_encoder(encoder))
        first = asyncio.create_task(engine.encode(IMAGES))
        await asyncio.to_thread(entered.wait, PATIENCE_S)
        second = asyncio.create_task(engine.encode(IMAGES, "other"))
        await eventually(lambda: engine.admitted_images == 6 * IMAGES_PER_PICTURE)
        second.cancel()
        await asyncio.wait([second])
        assert engine.admitted_images == 3 * IMAGES_PER_PICTURE
        go_on.set()
        await first
        engine.close()  # waits for whatever was still to run
        assert not never

    asyncio.run(cancel_the_second())


def test_run_that_fails_is_an_error_of_the_run() -> None:
    class Failing(PictureEncoder):
        def run(self, images: object) -> None:  # type: ignore[override]
            raise ValueError("a library's own words")

    engine = an_engine(with_encoder(Failing(a_card(), lambda: GRAPH, provider="cpu", threads=1)))
    with pytest.raises(RunFailed, match="the run of the encoder failed; the log says why") as raised:
        asyncio.run(engine.encode(IMAGES))
    engine.close()
    assert isinstance(raised.value.__cause__, ValueError)
