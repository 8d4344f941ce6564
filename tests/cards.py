"""A valid model card that tests can change, and model folders made of it."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from digitgan.contract.card import (
    ENCODER_FILE,
    MODEL_FILE,
    Card,
    Encoder,
    Golden,
    Likeness,
    ModelFile,
    Parity,
    Recipe,
    Training,
    TrainingData,
    read_card,
    write_card,
)
from digitgan.contract.hand_map import HandMapFacts
from digitgan.contract.metric import DescribedFile

MNIST_SHA256 = "edc0d1098aa497be14ace79ddd5171e5a3dcf9c4d196c015389203eb3ba1f59b"  # as in `training.data`

# Of `graphs.a_graph`.
GOLDEN = Golden(seed=0, label=None, pixels_sha256="594653e09d2d4eae69c3790063423b9faea94cac88c848b6a5a824d037f42490")


def a_card(content: bytes = b"onnx", **changes: Any) -> Card:
    """Return the card of an unconditional model of 2 x 3 pixels and 4 components, with some fields changed.

    Of the sizes of latent and style, one follows from the other unless both are given.
    """
    fields: dict[str, Any] = {
        "contract": 1,
        "model": "tiny",
        "version": "1",
        "created": datetime(2026, 1, 1, tzinfo=UTC),
        "description": "for tests",
        "file": ModelFile(sha256=hashlib.sha256(content).hexdigest(), size_bytes=len(content), opset=20, ir_version=10),
        "latent_size": 4,
        "style_size": 4,
        "n_classes": 0,
        "image_height": 2,
        "image_width": 3,
        "n_parameters": 24,
        "multiply_adds": 24,
        "recipe": Recipe(name="tiny", configuration={"width": 6}),
        "training": Training(seed=0, iterations=1, images=32, wall_s=1, cpu_s=1, threads=1, command="train tiny"),
        "data": TrainingData(
            name="mnist", sha256=MNIST_SHA256, n_images=60_000, licence="CC BY-SA 3.0", source="LeCun"
        ),
        "metrics": {},
        "parity": Parity(n_latents=1000, max_float_difference=0, differing_pixels_share=0, max_grey_level_difference=0),
        "golden": [GOLDEN],
        "software": {"onnx": "1"},
        "source_commit": None,
        "licence": "Apache-2.0",
    }
    fields |= changes
    if "latent_size" not in changes:
        fields["latent_size"] = fields["style_size"] + fields["n_classes"]
    elif "style_size" not in changes:
        fields["style_size"] = fields["latent_size"] - fields["n_classes"]
    return Card.model_validate(fields)


def an_encoder(content: bytes) -> Encoder:
    """Return the description of an encoder with these bytes."""
    near = Likeness(mean_absolute_error=0, root_mean_square_error=0, feature_distance=0, label_accuracy=1)
    return Encoder(
        file=ModelFile(sha256=hashlib.sha256(content).hexdigest(), size_bytes=len(content), opset=20, ir_version=10),
        n_parameters=24,
        training=Training(seed=0, iterations=1, images=32, wall_s=1, cpu_s=1, threads=1, command="encoder tiny"),
        max_latent_difference=0,
        n_images=1,
        label_accuracy=1,
        most_error=60,
        least_confidence=0.5,
        reconstruction=near,
        mean_digit=near,
        nearest_generated=near,
        n_generated=1,
    )


def a_map(content: bytes) -> HandMapFacts:
    """Return the description of a map of hands with these bytes."""
    file = DescribedFile(sha256=hashlib.sha256(content).hexdigest(), size_bytes=len(content))
    return HandMapFacts(file=file, columns=2, rows=2, neighbour_difference=1, random_difference=2)


def deploy(models_dir: Path, card: Card, content: bytes = b"onnx") -> Path:
    """Write a card and its model file into the models folder, and return the folder of the version."""
    folder = models_dir / card.model / card.version
    folder.mkdir(parents=True)
    (folder / MODEL_FILE).write_bytes(content)
    write_card(card, folder)
    return folder


# As Fashion-MNIST has them: the first has a slash, and the last a space.
CLOTHES = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"]


def deploy_clothes(models_dir: Path, exported: Path, model: str = "clothes") -> Path:
    """Write the model `digits` as another one, whose classes have names, and return its folder."""
    folder = exported / "digits" / "1"
    card = read_card(folder).model_copy(update={"model": model, "class_names": CLOTHES, "map": None})
    clothes = deploy(models_dir, card, (folder / MODEL_FILE).read_bytes())
    (clothes / ENCODER_FILE).symlink_to(folder / ENCODER_FILE)
    return clothes
