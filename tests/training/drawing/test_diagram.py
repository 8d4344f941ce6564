import re
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from training.drawing.diagram import networks_diagram
from training.networks.mlp import MlpDiscriminatorConfig
from training.recipes import digits, mlp
from training.recipes.recipe import TrainingRecipe


def test_drawing_names_the_width_of_every_layer_inside_its_frame() -> None:
    svg = networks_diagram(mlp.RECIPE)
    texts = [each for each in ElementTree.fromstring(svg) if each.tag == "text"]
    widths = [each.text for each in texts if re.fullmatch(r"[\d,]+", each.text or "")]
    assert widths == ["100", "256", "512", "1,024", "784", "784", "512", "256", "1"]
    for each in texts:
        left = float(each.attrib["x"]) - {"start": 0, "middle": 3, "end": 6}[each.attrib["text-anchor"]] * len(
            each.text or ""
        )
        assert left >= 0 and left + 6 * len(each.text or "") <= 440, each.text
        assert 0 < float(each.attrib["y"]) < 240, each.text


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        (
            replace(mlp.RECIPE, discriminator=MlpDiscriminatorConfig(widths=(512,))),
            "room for 5 and 4 layers, not for 5 and 3",
        ),
        (digits.RECIPE, "the networks of digits are no perceptrons"),
    ],
    ids=["depth", "kind"],
)
def test_drawing_refuses_networks_that_do_not_fit(recipe: TrainingRecipe, said: str) -> None:
    with pytest.raises((TypeError, ValueError), match=said):
        networks_diagram(recipe)
