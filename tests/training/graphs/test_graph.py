from functools import cache
from pathlib import Path

import numpy as np
import onnx
import pytest

from digitgan.contract.latents import seeds_to_latents
from training.graphs.folding import folded
from training.graphs.graph import ServedGenerator, to_onnx
from training.graphs.sessions import GeneratorSession
from training.recipes import digits, mlp
from training.recipes.recipe import TrainingRecipe

RECIPES = pytest.mark.parametrize("recipe", [mlp.RECIPE, digits.RECIPE], ids=lambda recipe: recipe.name)


@cache
def graph_of(recipe: TrainingRecipe) -> onnx.ModelProto:
    import torch

    torch.manual_seed(1)
    return to_onnx(ServedGenerator(folded(recipe.generator.build())))


@pytest.fixture(scope="module")
def conditional() -> GeneratorSession:
    return GeneratorSession(graph_of(digits.RECIPE).SerializeToString())


@RECIPES
def test_same_generator_gives_the_same_bytes(recipe: TrainingRecipe) -> None:
    first, second = graph_of(recipe), graph_of.__wrapped__(recipe)
    assert first.SerializeToString(deterministic=True) == second.SerializeToString(deterministic=True)


@RECIPES
def test_graph_contains_no_trace_of_the_machine(recipe: TrainingRecipe) -> None:
    content = graph_of(recipe).SerializeToString()
    for trace in (str(Path.cwd()), str(Path(__file__).parents[2]), "site-packages", ".py", "stack_trace"):
        assert trace.encode() not in content


def test_inputs_and_outputs_are_those_of_the_contract() -> None:
    def shapes(values: object) -> dict[str, list[str | int]]:
        return {
            value.name: [dimension.dim_param or dimension.dim_value for dimension in value.type.tensor_type.shape.dim]
            for value in values  # type: ignore[attr-defined]
        }

    unconditional, conditional = graph_of(mlp.RECIPE).graph, graph_of(digits.RECIPE).graph
    assert shapes(unconditional.input) == {"latent": ["batch", 100], "truncation": ["batch"]}
    assert shapes(unconditional.output) == {"image": ["batch", 28, 28]}
    assert shapes(conditional.input) == {"latent": ["batch", 74], "label": ["batch"], "truncation": ["batch"]}
    assert shapes(conditional.output) == {"image": ["batch", 28, 28], "class": ["batch"]}


def test_label_overrides_the_class_of_the_latent_unless_it_is_minus_one(conditional: GeneratorSession) -> None:
    latent = seeds_to_latents(range(40), 74)
    own = latent[:, 64:].argmax(1)
    images, used = conditional.run(latent, outputs=("image", "class"))
    np.testing.assert_array_equal(used, own)
    same, _ = conditional.run(latent, own, outputs=("image", "class"))
    np.testing.assert_array_equal(same, images)
    other, used = conditional.run(latent, (own + 1) % 10, outputs=("image", "class"))
    np.testing.assert_array_equal(used, (own + 1) % 10)
    assert (other != images).any(axis=(1, 2)).all()


def test_class_is_the_argmax_of_the_class_scores(conditional: GeneratorSession) -> None:
    latent = seeds_to_latents(range(5), 74)
    louder = latent.copy()
    louder[:, 64:] = louder[:, 64:] * 3 + 1
    np.testing.assert_array_equal(conditional.run(louder)[0], conditional.run(latent)[0])


def test_truncation_scales_the_style_and_leaves_the_class(conditional: GeneratorSession) -> None:
    latent = seeds_to_latents(range(5), 74)
    halved = latent.copy()
    halved[:, :64] /= 2
    images, used = conditional.run(latent, truncation=0.5, outputs=("image", "class"))
    expected, own = conditional.run(halved, outputs=("image", "class"))
    np.testing.assert_array_equal(images, expected)
    np.testing.assert_array_equal(used, own)


@RECIPES
def test_image_does_not_depend_on_its_batch(recipe: TrainingRecipe) -> None:
    generator = GeneratorSession(graph_of(recipe).SerializeToString())
    latent = seeds_to_latents(range(256), 74 if recipe is digits.RECIPE else 100)
    (together,) = generator.run(latent)
    for size in (1, 2, 3, 5, 8, 31, 64):
        apart = np.concatenate([generator.run(latent[start : start + size])[0] for start in range(0, 256, size)])
        np.testing.assert_array_equal(apart, together, err_msg=f"batches of {size}")


def test_label_out_of_range_is_an_error(conditional: GeneratorSession) -> None:
    with pytest.raises(Exception, match="out of data bounds"):
        conditional.run(seeds_to_latents([1], 74), np.array([10]))
