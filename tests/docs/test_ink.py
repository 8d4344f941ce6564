"""The pictures of ink in the documentation are what the service draws for the request beside them."""

import io
import json
import re

import httpx
import numpy as np
import pytest
from PIL import Image

from tests.docs.examples import ROOT

PAGE = (ROOT / "docs/ink.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "colours"),
    [("ink-light.png", {}), ("ink-dark.png", {"color": "f0f6fc", "background": "transparent"})],
)
def test_picture_is_what_its_request_draws(service: httpx.Client, name: str, colours: dict[str, str]) -> None:
    (body,) = re.findall(r"--json '(\{\n.*?\n\})'", PAGE, re.DOTALL)
    answer = service.post("/generate", json=json.loads(body) | colours, headers={"Accept": "image/png"})
    shown, drawn = (
        np.asarray(Image.open(file).convert("RGBA"), np.int64)
        for file in (ROOT / "docs/images" / name, io.BytesIO(answer.raise_for_status().content))
    )
    assert shown.shape == drawn.shape
    assert np.abs(shown - drawn).mean() < 0.1  # elsewhere a model's pixels differ by at most one grey level
