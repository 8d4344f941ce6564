from dataclasses import asdict

from training.recipes import lsgan, mlp


def test_it_is_the_textbook_gan_with_another_loss() -> None:
    mine, textbook = asdict(lsgan.RECIPE), asdict(mlp.RECIPE)
    assert {name for name, value in mine.items() if value != textbook[name]} == {
        "name",
        "description",
        "source",
        "loss",
    }
    assert lsgan.RECIPE.loss == "least-squares"
