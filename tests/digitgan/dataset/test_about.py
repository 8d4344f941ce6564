"""What a data set says of itself, for people and for programs."""

import json
from typing import Any

import pytest

from digitgan.dataset.about import CROISSANT, README, SUMS, TEXTS, croissant, readme
from digitgan.dataset.files import FILES
from digitgan.dataset.spec import DatasetSpec
from digitgan.formats import parquet
from tests.cards import CLOTHES, a_card

CARD = a_card(model="digits", n_classes=10, image_height=28, image_width=28)
URL = "https://digits.example/datasets/spec"
SIZES = {name: 1_000 + i for i, name in enumerate(FILES)}


def test_readme_says_how_to_fetch_and_check_every_file() -> None:
    text = readme(DatasetSpec(count=600, seed=5), CARD, URL, SIZES)
    assert text.startswith("# 600 handwritten digits")
    assert "    model-digits,version-1,count-600,seed-5\n" in text
    assert all(f"| [{name}]({name}) | {size:,} | " in text for name, size in SIZES.items())
    assert all(f"| [{name}]({name}) |" in text for name in TEXTS)
    assert f"wget -c {URL}/data.parquet" in text
    assert "600, of seeds 5 to 604." in text
    assert "100, of seeds 605 to 704." in text
    assert "Apache-2.0" in text


def test_licences_and_data_that_the_card_does_not_know_are_unknown() -> None:
    unknown = CARD.model_copy(update={"licence": None, "data": None})
    text = readme(DatasetSpec(count=600), unknown, URL, SIZES)
    assert "Unknown, like that of the model that drew all images. The data that it learned from are unknown." in text
    assert "None" not in text
    assert "license" not in croissant(DatasetSpec(count=600), unknown, URL, SIZES)


@pytest.mark.parametrize(("labels", "words"), [("balanced", "as many of each class"), ("mnist", "the shares of MNIST")])
def test_both_say_which_classes(labels: str, words: str) -> None:
    spec = DatasetSpec.model_validate({"count": 600, "labels": labels})
    assert words in readme(spec, CARD, URL, SIZES)
    assert words in croissant(spec, CARD, URL, SIZES)["description"]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"verified": True}, "A judge reads each image as its label."),
        ({"difficulty": 4}, "Each is the hardest to read of 4 candidates."),
    ],
)
def test_both_say_how_images_were_chosen(more: dict[str, Any], words: str) -> None:
    spec = DatasetSpec(count=600, **more)
    text = readme(spec, CARD, URL, SIZES)
    assert words in text
    assert "of seeds 0 to 599 or later candidates in their place." in text
    assert words in croissant(spec, CARD, URL, SIZES)["description"]


@pytest.mark.parametrize("more", [{}, {"difficulty": 2}])
def test_croissant_describes_every_file_and_the_columns_of_the_parquet_file(more: dict[str, Any]) -> None:
    spec = DatasetSpec(count=600, **more)
    described = json.loads(json.dumps(croissant(spec, CARD, URL, SIZES)))
    assert described["conformsTo"] == "http://mlcommons.org/croissant/1.1"
    assert described["isLiveDataset"] is True, "so no checksum is required"
    files = {each["@id"]: each for each in described["distribution"]}
    assert {name: (each["contentUrl"], each["contentSize"]) for name, each in files.items()} == {
        name: (f"{URL}/{name}", f"{size} B") for name, size in SIZES.items()
    }
    assert "application/x-parquet" in files["data.parquet"]["encodingFormat"]
    columns = [each["source"]["extract"]["column"] for each in described["recordSet"][0]["field"]]
    end = parquet.file_of(spec.plan(CARD, spec.count), CARD, False)._end
    assert all(f'"{column}"'.encode() in end for column in columns)


def test_texts_are_those_that_no_checksum_is_of() -> None:
    assert set(TEXTS) == {README, CROISSANT, SUMS}
    assert not set(TEXTS) & set(FILES)


def test_both_name_the_classes_of_a_model_that_has_names() -> None:
    card = a_card(model="clothes", n_classes=10, image_height=28, image_width=28, class_names=CLOTHES)
    text = readme(DatasetSpec(count=600), card, URL, SIZES)
    assert text.startswith("# 600 images of 10 classes by digitgan")
    assert "- The first labels are 0 (T-shirt/top), 1 (Trouser), " in text
    assert "- The classes are 0 (T-shirt/top), 1 (Trouser), " in text
    assert "handwritten" not in text
    [_, label, _] = croissant(DatasetSpec(count=600), card, URL, SIZES)["recordSet"][0]["field"]
    assert label["description"].endswith("8 (Bag), 9 (Ankle boot)")


def test_neither_takes_62_classes_without_names_for_digits() -> None:
    card = a_card(model="letters", n_classes=62, image_height=28, image_width=28)
    text = readme(DatasetSpec(count=620), card, URL, SIZES)
    assert text.startswith("# 620 images of 62 classes by digitgan")
    described = croissant(DatasetSpec(count=620), card, URL, SIZES)
    assert "620 labelled images of 62 classes" in described["description"]
    assert described["recordSet"][0]["field"][1]["description"] == "the class that it shows"
