"""Knows the model that a student learns from: an exported version, verified, and the images that it makes.

Does not know how a student is trained.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from digitgan.contract.card import Card, ModelReference, read_card, read_model_file
from digitgan.contract.errors import ModelRefused
from training.errors import TeacherRefused
from training.graphs.parity import OnnxGenerator
from training.recipes.recipe import Recipe


class Teacher:
    """An exported model version, run by onnxruntime: the very file that is served.

    Args:
        folder: of the version, with its card.

    Raises:
        TeacherRefused: it holds no model version, or one that is not what its card says.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            card = read_card(folder)
            self._generator = OnnxGenerator(read_model_file(folder, card))
        except ModelRefused as error:
            raise TeacherRefused(f"no model to learn from: {error}") from error
        self.card: Card = card

    @property
    def reference(self) -> ModelReference:
        """Which file this is."""
        return ModelReference(model=self.card.model, version=self.card.version, sha256=self.card.file.sha256)

    def check(self, recipe: Recipe) -> None:
        """Make sure that a recipe's student can be shown what this teacher makes of the very same latents.

        Args:
            recipe: with the classes of the data that it is trained on.

        Raises:
            TeacherRefused: its latents differ.
        """
        student = recipe.generator.build()
        its, own = (self.card.style_size, self.card.n_classes), (student.style_size, student.n_classes)
        if its != own:
            raise TeacherRefused(
                f"{self.folder}: has latents of {its[0]} components of style and {its[1]} classes; the student of "
                f"recipe {recipe.name!r} has {own[0]} and {own[1]}, and must have the same"
            )

    def draw(self, style: Tensor, label: Tensor) -> Tensor:
        """Return the teacher's images as a student's are: float32 (N, 28, 28) in -1..1.

        Args:
            style: float32 (N, style_size).
            label: int64 (N,).
        """
        scores = np.zeros((len(style), self.card.n_classes), np.float32)  # not looked at where a label is given
        latent = np.concatenate([style.numpy(), scores], axis=1)
        (images,) = self._generator.run(latent, label.numpy())
        return torch.from_numpy(images).float().div_(127.5).sub_(1)


def teacher_for(recipe: Recipe, folder: Path | None) -> Teacher | None:
    """Return the teacher that a recipe needs, or None for a recipe that needs none.

    Args:
        recipe: what is to be trained.
        folder: of the teacher's version, where one was named.

    Raises:
        TeacherRefused: the recipe needs a teacher and none is named, or the other way round; or it cannot be read.
    """
    if recipe.distillation is None:
        if folder:
            raise TeacherRefused(f"recipe {recipe.name!r} has no teacher, but {folder} was named as one")
        return None
    if folder is None:
        raise TeacherRefused(
            f"recipe {recipe.name!r} learns from an exported model: name its folder, for example "
            "--teacher exported/digits/1"
        )
    return Teacher(folder)
