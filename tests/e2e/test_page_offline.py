"""The page without a network: once a person has kept it, it opens and writes, below any prefix, in every release."""

import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from starlette.types import ASGIApp, Receive, Scope, Send

from service.app import create_app
from service.routes import page as page_routes
from service.settings import Settings
from tests.browser import Browse, browsing, shown, until
from tests.live import live

pytestmark = pytest.mark.long

PREFIX = "/services/digits"
NO_NETWORK = "ERR_INTERNET_DISCONNECTED"
KEPT = """async () => {
    const caches_ = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
    return (await Promise.all(caches_.map((cache) => cache.keys()))).flat().map(({ url }) => url);
}"""


class Gateway:
    """An application as clients of a gateway see it, which takes a prefix off and may change what is behind it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope["path"] = scope["path"].removeprefix(PREFIX)
            scope["raw_path"] = scope["raw_path"].removeprefix(PREFIX.encode())
        await self.app(scope, receive, send)


def keep(page: Page) -> list[str]:
    """Keep the page, and return the curves of its ten digits."""
    found = curves(page, "#keys")
    assert len(found) == 10
    page.get_by_role("button", name="Keep for offline use").click()
    expect(page.locator("#offline")).to_contain_text("Kept: this page writes without a network, too.")
    return found


def check_offline(page: Page, root: str, there: list[str]) -> None:
    """Check that a page that is kept writes 2026 in the hand 7 as the service did, and draws and shows more."""
    page.reload()
    expect(page.locator("#notice")).to_have_text("The service cannot be reached, so this browser draws.")
    assert curves(page, "#picture") == [there[2], there[0], there[2], there[6]]
    assert curves(page, "#keys") == there
    page.goto(f"{root}write/29%2F11?hand=9&drawn=pixels")
    page.get_by_role("img", name="29/11 in the hand 9").locator("img").wait_for()
    page.goto(f"{root}learn")
    expect(page).to_have_title("Learn what a GAN is · digitgan")


def curves(page: Page, within: str) -> list[str]:
    """Return the curves of the digits in an element, wherever they stand."""
    selector = f"{within} path[d*=q]"
    page.locator(selector).first.wait_for()
    found: list[str] = page.eval_on_selector_all(selector, "all => all.map((each) => each.getAttribute('d'))")
    return [re.sub(r"M-?\d+[ -]\d+", "M", each) for each in found]


def test_page_writes_without_a_network_in_every_release_once_it_is_kept(
    browser: Browser, models_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(models_dir=models_dir, threads=1)
    gateway = Gateway(create_app(settings))
    newer = tmp_path / "static"
    shutil.copytree(Path(page_routes.__file__).parents[1] / "static", newer)
    (newer / "newer.js").write_text("// a file that the release before does not have\n", encoding="utf-8")
    with live(gateway) as service, browsing(browser, service, expected=NO_NETWORK) as browse:
        root = f"{service.base_url}{PREFIX}/"
        page = browse(f"{PREFIX}/write/2026?hand=7", service_workers="allow")
        there = keep(page)

        page.context.set_offline(True)
        check_offline(page, root, there)
        kept = {url.removeprefix(root) for url in page.evaluate(KEPT)}
        assert {path for path in kept if not path.startswith("page/") and not path.endswith("?drawn=")} == {
            *("models", "openapi.json", "models/digits/1/model.onnx")
        }

        with monkeypatch.context() as patched:
            patched.setattr(page_routes, "_FOLDER", newer)
            gateway.app = create_app(settings)
        page.context.set_offline(False)
        page.goto(f"{root}write")
        until(page, f"({KEPT})().then((urls) => urls.some((url) => url.endsWith('/newer.js')))")
        until(page, "caches.keys().then((names) => names.length === 2)")  # the last release is gone
        page.context.set_offline(True)
        page.goto(f"{root}write/7?hand=7")
        assert curves(page, "#picture") == [there[7]]
        assert len({url.split("/")[6] for url in page.evaluate(KEPT) if "/page/" in url}) == 1
        page.context.set_offline(False)
        page.get_by_role("button", name="Remove the offline copy").click()
        page.get_by_role("button", name="Keep for offline use").wait_for()
        assert page.evaluate(KEPT) == []


def test_each_download_shows_its_size_and_is_cancelled_alone(browse: Browse) -> None:
    page = browse("/explore", viewport={"width": 1440, "height": 900})
    # A service worker's own requests could not be held.
    page.add_init_script("Object.defineProperty(navigator.serviceWorker, 'ready', { value: Promise.resolve() })")
    page.reload()
    held: list[Route] = []
    page.route("**/*.wasm", lambda route: held.append(route))
    page.get_by_text("Model, and who draws").click()
    page.get_by_role("button", name="Keep for offline use (").click()
    keeping = page.locator("#downloads p", has_text="Keeping the page, the model and its runtime.")
    fetching = page.locator("#downloads p", has_text="Fetching the model and its runtime, once.")
    until(page, "document.querySelector('#downloads progress')?.value > 1e5")
    assert float(keeping.get_by_role("progressbar", name="Download").get_attribute("max") or 0) > 1e6
    expect(keeping).to_contain_text(re.compile(r"\d\.\d MB of \d+\.\d MB"))
    shown(page.get_by_role("radio", name="This browser", exact=True)).click(force=True)
    expect(fetching).to_be_visible()
    expect(page.locator("[aria-live=polite]", has_text="Fetching the model")).to_have_count(1)
    keeping.get_by_role("button", name="Cancel").press("Enter")
    expect(page.locator("#offline")).to_contain_text("the download was cancelled")
    expect(keeping).to_have_count(0)
    assert page.evaluate("document.activeElement.id") == "downloads"  # from where Tab goes on
    assert page.evaluate(KEPT) == []
    expect(fetching).to_be_visible()
    fetching.get_by_role("button", name="Cancel").click()
    expect(page.locator("#by-note")).to_contain_text("cannot draw: the download was cancelled. The service draws.")
    expect(page.locator("#downloads")).to_be_empty()
    assert len(held) == 2


def test_requests_with_a_key_and_pictures_are_not_kept(browse: Browse) -> None:
    page = browse("/", service_workers="allow")
    until(page, "navigator.serviceWorker.controller !== null")
    fetching = "([path, headers]) => fetch(path, { headers }).then((answer) => answer.arrayBuffer()).then(() => path)"
    files = page.evaluate("new URL('../../files.json', document.querySelector('script[src]').src).pathname.slice(1)")
    for path, headers in (
        (files, {}),  # kept with all of them alone
        ("models/digits", {"x-api-key": "secret"}),
        ("models/mlp", {"authorization": "Bearer secret"}),
        ("numbers/2026/7.svg?model=digits&version=1", {}),
        ("models/digits-small", {}),
    ):
        page.evaluate(fetching, [path, headers])
    until(page, f"({KEPT})().then((urls) => urls.some((url) => url.endsWith('/models/digits-small')))")
    kept = page.evaluate(KEPT)
    assert not [
        url for url in kept if "numbers/" in url or url.endswith(("/models/digits", "/models/mlp", "/files.json"))
    ]
