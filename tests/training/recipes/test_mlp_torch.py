from training.recipes.mlp_torch import RECIPE


def test_mlp_torch_has_the_settings_of_its_program() -> None:
    assert (RECIPE.loss, RECIPE.updates) == ("bce-sum", "joint")
    assert (RECIPE.adam.learning_rate, RECIPE.adam.beta1, RECIPE.adam.beta2) == (2e-4, 0.9, 0.999)
    assert (RECIPE.batch_size, RECIPE.sampling) == (32, "by epoch")
    assert RECIPE.iterations * RECIPE.batch_size == 300 * 60_000
