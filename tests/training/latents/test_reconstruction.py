from pathlib import Path

import numpy as np
import pytest

from digitgan.contract.card import MODEL_FILE, read_card
from digitgan.contract.latents import seeds_to_latents
from training.data import Dataset
from training.graphs.sessions import GeneratorSession
from training.latents import reconstruction
from training.latents.reconstruction import likeness, mean_digits, nearest_generated, reconstructions
from training.metrics.judge import load_judge


def test_likeness_of_a_digit_to_itself_is_perfect(sample: Dataset) -> None:
    digits, labels = sample.test_images, sample.test_labels
    alike = likeness(digits, digits, labels, load_judge())
    assert (alike.mean_absolute_error, alike.root_mean_square_error, alike.feature_distance) == (0, 0, 0)
    assert alike.label_accuracy > 0.98


def test_likeness_is_measured_in_grey_levels(sample: Dataset) -> None:
    digits = sample.test_images[:50] // 2
    off = digits.copy()
    off[:, :14] += 10
    alike = likeness(off, digits, sample.test_labels[:50], load_judge())
    assert alike.mean_absolute_error == pytest.approx(5)
    assert alike.root_mean_square_error == pytest.approx(np.sqrt(50))
    assert alike.feature_distance > 0


def test_mean_digit_is_of_its_class_and_beats_another_class(sample: Dataset) -> None:
    means = mean_digits(sample)
    assert len(np.unique(means, axis=0)) == 10
    sevens = np.flatnonzero(sample.test_labels == 7)
    other = means[np.flatnonzero(sample.test_labels == 0)[:1]]
    own, foreign = (
        np.square(each - sample.test_images[sevens].astype(float)).mean()
        for each in (means[sevens].astype(float), other)
    )
    assert own < foreign


def test_reconstructions_have_the_latents_own_classes(exported: Path) -> None:
    generator = GeneratorSession((exported / MODEL_FILE).read_bytes())
    latent = seeds_to_latents(range(7), read_card(exported).latent_size)
    assert np.array_equal(reconstructions(generator, latent), generator.run(latent)[0])


@pytest.mark.parametrize("trained", ["digits"], indirect=True)
def test_nearest_generated_improves_with_more_images(
    exported: Path, sample: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = GeneratorSession((exported / MODEL_FILE).read_bytes())
    errors = []
    for n in (5, 50):
        monkeypatch.setattr(reconstruction, "N_GENERATED", n)
        nearest = nearest_generated(generator, read_card(exported).latent_size, sample)
        errors.append(np.square(nearest.astype(float) - sample.test_images).mean(axis=(1, 2)))
    assert (errors[1] <= errors[0] * (1 + 1e-4)).all()  # float32 distances decide what is nearest
    assert errors[1].mean() < errors[0].mean()
