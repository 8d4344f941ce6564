"""Fixtures of the tests in a browser."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from digitgan.contract.card import HistoryPoint, read_card
from digitgan.contract.metric import Metric
from service.access.key_file import add_key
from service.app import create_app
from service.settings import Settings
from tests.browser import Browse, browsing, chromium
from tests.cards import a_card, deploy, deploy_clothes
from tests.graphs import a_colour_graph
from tests.live import live

pytest.register_assert_rewrite("tests.e2e.views")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Yield a browser for all tests of a module."""
    with chromium() as found:
        yield found


@pytest.fixture
def browse(browser: Browser, service: httpx.Client) -> Iterator[Browse]:
    """Yield a function that opens an address of the service in a new window."""
    with browsing(browser, service) as opening:
        yield opening


@pytest.fixture
def guarded(browser: Browser, models_dir: Path, tmp_path: Path) -> Iterator[tuple[Browse, str]]:
    """Yield a function that opens an address of a service that requires keys, and one of its keys."""
    key = add_key(tmp_path / "keys.json", "shop")
    app = create_app(Settings(models_dir=models_dir, threads=1, keys_file=tmp_path / "keys.json"))
    with live(app) as service, browsing(browser, service, expected="401") as opening:
        yield opening, key


@pytest.fixture(scope="module")
def gallery(models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Yield a client of a service with `digits`, and with models of every other kind.

    Those are `clothes`, whose classes have names; `tints`, in colour; `worse`, without classes, whose distance from
    real images is 40 times that of `better`; and `better`, with classes.
    """
    folder = tmp_path_factory.mktemp("gallery")
    (folder / "digits").symlink_to(models_dir / "digits")
    deploy_clothes(folder, models_dir)
    content, golden = a_colour_graph(12, 20, 10)
    sizes = {"image_height": 12, "image_width": 20, "image_channels": 3}
    deploy(folder, a_card(content, model="tints", n_classes=10, style_size=4, golden=[golden], **sizes), content)
    for name, source, distance in (("better", "digits-small", 0.2), ("worse", "mlp", 8.0)):
        card = read_card(models_dir / source / "1")
        history = [
            HistoryPoint(
                iteration=100 * i,
                generator_loss=4 / i,
                discriminator_loss=0.5,
                discriminator_accuracy=1 / i,
                judge_distance=distance * (5 - i),
            )
            for i in range(1, 5 if name == "worse" else 3)
        ]
        metric = Metric(value=distance, definition="how far from real images", floor=0.1)
        changes = {
            "model": name,
            "history": history,
            "metrics": {"frechet_distance": metric},
            "teacher": None,
            "map": None,
        }
        deploy(folder, card.model_copy(update=changes), (models_dir / source / "1" / "model.onnx").read_bytes())
    with live(create_app(Settings(models_dir=folder, default_model="better", threads=1))) as service:
        yield service
