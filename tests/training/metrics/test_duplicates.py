import numpy as np

from training.metrics.duplicates import n_duplicates


def test_only_exact_copies_of_earlier_images_count() -> None:
    images = np.random.default_rng(0).integers(0, 256, (10, 28, 28), dtype=np.uint8)
    nearly = images[:1].copy()
    nearly[0, 5, 5] ^= 1
    assert n_duplicates(np.concatenate([images, nearly])) == 0
    assert n_duplicates(np.concatenate([images, images[:2], images[:1]])) == 3
