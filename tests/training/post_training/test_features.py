import math
from dataclasses import replace

import numpy as np
import torch

from training.data import Dataset
from training.device import CPU
from training.post_training.features import FeatureCourse


def test_networks_learn_the_classes_of_the_training_images(sample: Dataset) -> None:
    course = FeatureCourse(sample, 1, CPU, origin="")
    figures = [course.step(iteration / 20) for iteration in range(20)]
    assert figures[-1]["class_loss"] < figures[0]["class_loss"] / 1.1
    assert (course.iteration, course.images) == (20, 20 * 3 * 128)


def test_networks_of_images_of_one_class_have_nothing_to_learn(sample: Dataset) -> None:
    zeros = sample.train_images[sample.train_labels == 0]
    one = replace(sample, train_images=zeros, train_labels=np.zeros(len(zeros), np.uint8))
    assert FeatureCourse(one, 1, CPU, origin="").step(0)["class_loss"] == 0


def test_equal_seeds_give_equal_networks_whatever_was_drawn_before(sample: Dataset) -> None:
    first = FeatureCourse(sample, 1, CPU, origin="")
    torch.rand(3)
    second, other = FeatureCourse(sample, 1, CPU, origin=""), FeatureCourse(sample, 2, CPU, origin="")
    losses = [course.step(0)["class_loss"] for course in (first, second, other)]
    assert losses[0] == losses[1] != losses[2]
    assert math.isfinite(losses[2])
