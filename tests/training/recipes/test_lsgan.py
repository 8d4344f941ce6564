from dataclasses import asdict

from training.recipes import lsgan, mlp


def test_lsgan_differs_from_mlp_only_in_its_loss() -> None:
    mine, textbook = asdict(lsgan.RECIPE), asdict(mlp.RECIPE)
    assert {name for name, value in mine.items() if value != textbook[name]} == {
        "name",
        "description",
        "source",
        "loss",
    }
    assert lsgan.RECIPE.loss == "least-squares"
