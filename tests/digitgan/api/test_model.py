"""Digits from seeds and latents, from several threads, processes and models, and what is refused."""

import multiprocessing
import pickle
import threading
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

import digitgan
from digitgan.contract.limits import MAX_SEED


@pytest.fixture(scope="module")
def model() -> Iterator[digitgan.Model]:
    with digitgan.load("digits-small", threads=2) as model:
        yield model


def test_generate_returns_the_pixels_of_the_service(model: digitgan.Model, service: httpx.Client) -> None:
    body = {"seeds": [1, 2, MAX_SEED], "labels": [3, 1, 4], "truncation": 0.7, "model": "digits-small"}
    answer = service.post("/generate", json=body, headers={"accept": "application/x-npy"}).raise_for_status()
    pixels, labels = model.generate(seeds=[1, 2, MAX_SEED], labels=[3, 1, 4], truncation=0.7)
    assert (pixels.shape, str(pixels.dtype), str(labels.dtype)) == ((3, 28, 28), "uint8", "int64")
    assert answer.content.endswith(pixels.tobytes())
    assert labels.tolist() == [3, 1, 4]


@pytest.mark.parametrize(
    "seeds", [range(5, 9), [5, np.int64(6), 7, 8], (each for each in range(5, 9)), np.arange(5, 9, dtype=np.uint8)]
)
def test_seeds_come_in_any_iterable(model: digitgan.Model, seeds: Any) -> None:
    assert np.array_equal(model.generate(seeds=seeds).pixels, model.generate(seeds=[5, 6, 7, 8]).pixels)


def test_a_single_seed_or_label_is_spread(model: digitgan.Model) -> None:
    one_hand = model.generate(seeds=7, labels=range(10))
    assert one_hand.labels.tolist() == list(range(10))
    assert np.array_equal(one_hand.pixels, model.generate(seeds=[7] * 10, labels=np.arange(10)).pixels)
    assert model.generate(seeds=range(3), labels=np.int64(4)).labels.tolist() == [4, 4, 4]


def test_latents_of_seeds_give_the_digits_of_the_seeds(model: digitgan.Model) -> None:
    latents = model.latents(range(3))
    assert (latents.shape, str(latents.dtype)) == ((3, model.card.latent_size), "float32")
    from_seeds = model.generate(seeds=range(3))
    assert np.array_equal(model.generate(latents=latents).pixels, from_seeds.pixels)
    assert np.array_equal(model.generate(latents=latents[0].tolist()).pixels, from_seeds.pixels[:1])


def test_a_model_without_classes_returns_minus_one_as_labels() -> None:
    with digitgan.load("mlp", threads=1) as mlp:
        assert mlp.generate(seeds=range(2)).labels.tolist() == [-1, -1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "^give exactly one of seeds, hands and latents, not none$"),
        ({"seeds": 1, "latents": [0.0]}, "^give exactly one of seeds, hands and latents, not seeds and latents$"),
        ({"seeds": [1, -1]}, "^seeds/1: must be an integer from 0 to 9,007,199,254,740,991, not -1$"),
        ({"seeds": np.array([1.5])}, "^seeds/0: must be an integer from 0 to .*, not 1.5$"),
        ({"seeds": "7"}, "^seeds: must be an integer from 0 to .*, not '7'$"),
        ({"seeds": True}, "^seeds: must be an integer from 0 to .*, not true$"),
        ({"seeds": []}, "^seeds: must be a list of at least 1 item, not an empty list$"),
        ({"seeds": [1, 2], "labels": [1, 2, 3]}, "^labels: 3 labels for 2 seeds; give one, or one for each$"),
        ({"seeds": 1, "labels": 10}, "^labels/0: must be a class of model 'digits-small', .* from 0 to 9, not 10$"),
        ({"seeds": 1, "truncation": np.float64(3)}, "^truncation: must be a finite number from 0 to 2, not 3.0$"),
        ({"latents": "7"}, "^latents: must be a list of at least 1 item, not '7'$"),
        ({"latents": np.zeros((2, 3))}, "^latents: a latent of model 'digits-small' has .* components, not 3$"),
        ({"latents": [[0.0], [0.0, 1.0]]}, "^latents/1: has 2 components, but the first latent has 1$"),
        ({"latents": np.full((1, 3), np.nan)}, "^latents/0/0: must be a finite number, not NaN$"),
    ],
)
def test_generate_refuses_by_the_arguments_name(model: digitgan.Model, arguments: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        model.generate(**arguments)


def test_range_too_long_for_the_memory_fails_at_once(model: digitgan.Model) -> None:
    with pytest.raises(MemoryError):
        model.generate(seeds=range(2**53))


def test_many_images_take_their_own_memory_only(model: digitgan.Model) -> None:
    model.generate(seeds=0)
    tracemalloc.start()
    pixels, _ = model.generate(seeds=range(4000), labels=1)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 * pixels.nbytes


def test_threads_get_the_images_that_they_would_get_alone(model: digitgan.Model) -> None:
    starts = range(0, 2000, 100)
    with ThreadPoolExecutor(20) as threads:
        parts = list(threads.map(lambda start: model.generate(seeds=range(start, start + 100)).pixels, starts))
    assert np.array_equal(np.concatenate(parts), model.generate(seeds=range(2000)).pixels)


def test_close_waits_for_calls_and_ends_all_threads() -> None:
    before = threading.active_count()
    model = digitgan.load("digits-small", threads=2)
    with ThreadPoolExecutor(1) as other:
        drawing = other.submit(model.generate, seeds=range(500))
        while not model._engine()._n_calls and not drawing.done():
            pass
        model.close()
        assert len(drawing.result().pixels) == 500
    model.close()
    assert threading.active_count() == before
    with pytest.raises(ValueError, match=r"^the model is closed$"):
        model.generate(seeds=1)
    assert repr(model) == "<Model digits-small/1, closed>"


def test_a_model_that_nobody_refers_to_ends_its_threads() -> None:
    before = set(threading.enumerate())
    model = digitgan.load("digits-small", threads=1)
    model.generate(seeds=range(20))
    started = set(threading.enumerate()) - before
    del model
    for thread in started:
        thread.join(60)
    assert started
    assert not set(threading.enumerate()) - before


def draw_in_child(model: digitgan.Model, pipe: Any) -> None:
    pipe.send(model.generate(seeds=range(3)).pixels)


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_process_of_either_kind_draws_with_the_model(model: digitgan.Model, method: str) -> None:
    here = model.generate(seeds=range(3)).pixels
    context = multiprocessing.get_context(method)
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=draw_in_child, args=(model, sender))  # type: ignore[attr-defined]
    process.start()
    assert receiver.poll(120)
    assert np.array_equal(receiver.recv(), here)
    process.join(60)
    assert process.exitcode == 0


def test_a_pickled_model_is_a_model_of_its_own(model: digitgan.Model) -> None:
    with pickle.loads(pickle.dumps(model)) as other:
        assert np.array_equal(other.generate(seeds=1).pixels, model.generate(seeds=1).pixels)
    assert len(model.generate(seeds=1).pixels) == 1


def test_class_is_asked_for_by_its_name(clothes_dir: Path) -> None:
    with digitgan.load("clothes", models_dir=clothes_dir, threads=1) as clothes:
        assert clothes.generate(seeds=[1, 2], labels=["Bag", 4]).labels.tolist() == [8, 4]
        assert clothes.generate(seeds=[1, 2], labels="Ankle boot").labels.tolist() == [9, 9]
        assert clothes.generate(seeds=1, labels=np.array(["Bag", "Coat"])).labels.tolist() == [8, 4]
        with pytest.raises(ValueError, match=r"^labels/1: .*not 'Trousers'; did you mean 'Trouser'\?$"):
            clothes.generate(seeds=1, labels=["Bag", "Trousers"])
