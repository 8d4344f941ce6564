"""An independent reader recognises the digits that the default model was asked to draw."""

import base64
import io

import httpx
import numpy as np
from PIL import Image

from training.metrics.judge import GUARDING, load_judge


def read_digits(client: httpx.Client, body: dict[str, object]) -> list[int]:
    answer = client.post("/generate", json=body).raise_for_status().json()
    pictures = [Image.open(io.BytesIO(base64.b64decode(image["png"]))) for image in answer["images"]]
    return load_judge(GUARDING).read(np.stack([np.asarray(picture) for picture in pictures])).labels.tolist()  # type: ignore[no-any-return]


def test_the_readmes_three_seeds_read_as_their_labels(service: httpx.Client) -> None:
    assert read_digits(service, {"seeds": [1, 2, 3], "labels": [3, 1, 4]}) == [3, 1, 4]


def test_nearly_every_digit_of_a_thousand_reads_as_its_label(service: httpx.Client) -> None:
    labels = [seed % 10 for seed in range(1000)]
    read = read_digits(service, {"seeds": list(range(1000)), "labels": labels})
    assert np.mean(np.equal(read, labels)) >= 0.97


def test_without_labels_the_answer_names_the_class_that_was_drawn(service: httpx.Client) -> None:
    answer = service.post("/generate", json={"seeds": list(range(200))}).raise_for_status().json()
    named = [image["label"] for image in answer["images"]]
    assert set(named) == set(range(10))
    assert np.mean(np.equal(read_digits(service, {"seeds": list(range(200))}), named)) >= 0.97
