from training.recipes.mlp import RECIPE


def test_mlp_has_the_settings_of_the_textbook() -> None:
    assert (RECIPE.loss, RECIPE.updates, RECIPE.fakes_from) == ("bce", "separate", "moving")
    assert (RECIPE.adam.learning_rate, RECIPE.adam.beta1, RECIPE.adam.decay) == (2e-4, 0.5, "constant")
    assert (RECIPE.batch_size, RECIPE.sampling, RECIPE.iterations) == (32, "with replacement", 30_000)
    assert (RECIPE.sheet_every, RECIPE.log_every) == (200, 200)
    assert RECIPE.average_half_life_images is None
    assert RECIPE.penalty is None
