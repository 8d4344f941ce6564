"""The model that a student learns from: an exported version, verified, and the images that it draws."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from digitgan.contract.card import Card, ModelReference, read_card, read_model_file
from digitgan.contract.errors import ModelRefused

from .errors import TeacherRefused
from .graphs.sessions import GeneratorSession
from .recipes.recipe import TrainingRecipe, spell


class Teacher:
    """An exported model version, run by onnxruntime from the same file that is served.

    Args:
        folder: of the version, with its card.

    Raises:
        TeacherRefused: it holds no model version, or one that does not match its card.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            card = read_card(folder)
            self._generator = GeneratorSession(read_model_file(folder, card))
        except ModelRefused as error:
            raise TeacherRefused(f"the teacher is not usable: {error}") from error
        self.card: Card = card

    @property
    def reference(self) -> ModelReference:
        """The model, version and digest of this teacher."""
        return ModelReference(model=self.card.model, version=self.card.version, sha256=self.card.file.sha256)

    def check(self, recipe: TrainingRecipe) -> None:
        """Raise TeacherRefused if the latents of a recipe's student differ from this teacher's.

        Args:
            recipe: with the classes of the data that it is trained on.
        """
        student = recipe.generator.build()
        its, own = (self.card.style_size, self.card.n_classes), (student.style_size, student.n_classes)
        if its != own:
            raise TeacherRefused(
                f"{self.folder}: the teacher's latents have {its[0]} style components and {its[1]} classes; those of "
                f"recipe {recipe.name!r} have {own[0]} and {own[1]}, and must be the same"
            )
        drawn = (self.card.image_height, self.card.image_width), self.card.image_channels
        if drawn != (recipe.size, recipe.n_channels):
            raise TeacherRefused(
                f"{self.folder}: the teacher draws {spell(*drawn)} pixels, and the data have "
                f"{spell(recipe.size, recipe.n_channels)} ones; they must be the same"
            )

    def draw(self, style: Tensor, label: Tensor) -> Tensor:
        """Return the teacher's images in the student's range: float32 (N, H, W) or (N, C, H, W) in -1..1.

        Args:
            style: float32 (N, style_size).
            label: int64 (N,).
        """
        scores = np.zeros((len(style), self.card.n_classes), np.float32)  # ignored, because labels are given
        latent = np.concatenate([style.numpy(), scores], axis=1)
        (images,) = self._generator.run(latent, label.numpy())
        pixels = torch.from_numpy(images)
        return (pixels.movedim(-1, 1) if pixels.dim() == 4 else pixels).float().div_(127.5).sub_(1)


def teacher_for(recipe: TrainingRecipe, folder: Path | None) -> Teacher | None:
    """Return the teacher that a recipe needs, or None for a recipe that needs none.

    Args:
        recipe: to be trained.
        folder: of the teacher's version, if one was named.

    Raises:
        TeacherRefused: the recipe needs a teacher and none was named, or the reverse; or it is not readable.
    """
    if recipe.distillation is None:
        if folder:
            raise TeacherRefused(f"recipe {recipe.name!r} has no teacher, but --teacher names {folder}")
        return None
    if folder is None:
        raise TeacherRefused(
            f"recipe {recipe.name!r} learns from an exported model: name its folder, for example --teacher "
            "exported/digits/1"
        )
    return Teacher(folder)
