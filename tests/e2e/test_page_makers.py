"""The page's choice of who draws: models in the browser give the server's pictures, and the server is the fallback."""

import io
import re
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, Route, expect

from digitgan.contract.hand import token_of
from digitgan.contract.latents import seeds_to_latents
from service.app import create_app
from service.settings import Settings
from tests.browser import Browse, browsing, shown, until
from tests.e2e.pictures import at, shows
from tests.live import live

pytestmark = pytest.mark.long

N_SEEDS = 100
SEVENS = "/between?hands=5%2C6&digit=7&steps=2&drawn=pixels"
PICTURE = "#picture img"
TOKEN = token_of(seeds_to_latents([7], 64)[0])
NOT_COMPILED = "wasm|Policy|instantiation"  # in the runtime's message
# Calls the function that the page's views call.
IMAGES = """async (request) => {
    const { src } = document.querySelector("script[src]");
    const { images } = await import(new URL("../../drawing/makers.js", src).href);
    return (await images(request)).map(({ src }) => src);
}"""


def maker(page: Page, who: str) -> Locator:
    """Return the choice of who draws, unfolded."""
    page.locator("details:has(> #by-note)").evaluate("(folded) => { folded.open = true; }")
    return page.get_by_role("radio", name=who, exact=True)


def choose(page: Page, who: str) -> None:
    shown(maker(page, who)).click(force=True)  # `check` would fail where the page switches back


def draws(page: Page) -> None:
    """Wait until the page says that the browser draws."""
    until(page, "document.querySelector('#by-note').textContent.startsWith('This browser draws')")


@contextmanager
def requested(page: Page) -> Iterator[list[str]]:
    """Yield the list of addresses that the page requests from now on."""
    urls: list[str] = []
    page.on("request", lambda request: urls.append(request.url))
    yield urls


def test_browser_draws_the_servers_pixels_to_one_grey_level(browse: Browse, service: httpx.Client) -> None:
    page = browse("/between")
    models = service.get("/models").json()["models"]
    assert {each["model"] for each in models} >= {"digits", "mlp"}
    for truncation in (1.0, 0.6):
        for each in models:
            body = {"seeds": list(range(N_SEEDS)), "truncation": truncation}
            body |= {"model": each["model"], "version": each["version"]}
            if each["n_classes"]:
                body["labels"] = [seed % 10 for seed in range(N_SEEDS)]
            answer = service.post("/generate", json=body, headers={"Accept": "application/x-npy"})
            wanted = np.load(io.BytesIO(answer.raise_for_status().content))
            addresses = page.evaluate(IMAGES, {"by": "browser", "path": "generate", "body": body})
            found = np.stack([np.asarray(Image.open(io.BytesIO(b64decode(each.split(",")[1])))) for each in addresses])
            assert found.shape == wanted.shape == (N_SEEDS, 28, 28)
            apart = np.abs(found.astype(int) - wanted.astype(int))
            print(
                f"{each['model']} at {truncation}: {(apart > 0).sum()} of {apart.size} pixels differ, by {apart.max()}"
            )
            assert apart.max() <= 1, each["model"]


def test_browser_fetches_the_model_only_when_chosen_then_asks_nothing(browse: Browse, service: httpx.Client) -> None:
    page = browse(SEVENS)
    assert not [name for name in page.evaluate("performance.getEntries().map(({ name }) => name)") if "runner" in name]
    with requested(page) as urls:
        choose(page, "This browser")
        draws(page)
        shows(page, at(service, "/digits/7/5.png"), PICTURE, grey_levels=1)
        page.get_by_role("button", name="Hand 2: 6").click()
        shows(page, at(service, "/digits/7/6.png"), PICTURE, grey_levels=1)
        page.get_by_label("Variety").fill("0.8")
        shows(page, at(service, "/digits/7/6.png?truncation=0.8"), PICTURE, grey_levels=1)
        page.get_by_role("button", name="3", exact=True).click()
        shows(page, at(service, "/digits/3/6.png?truncation=0.8"), PICTURE, grey_levels=1)
        page.get_by_role("slider", name="Mix of all hands").press("ArrowRight")  # to the corner that it is in
        shows(page, at(service, "/digits/3/6.png?truncation=0.8"), PICTURE, grey_levels=1)
        page.get_by_role("textbox", name="Hand 2").fill(TOKEN)
        shows(page, at(service, f"/digits/3/{TOKEN}.png?truncation=0.8"), PICTURE, grey_levels=1)
    assert {url.rpartition("/")[2] for url in urls} - {"icon.svg"} == {
        "files.json",  # the sizes of what is fetched
        "model.onnx",
        "runner.js",
        "ort.wasm.bundle.min.mjs",
        "ort-wasm-simd-threaded.wasm",
    }
    times = [page.locator(f"#by-{who}").inner_text() for who in ("server", "browser")]
    assert [re.fullmatch(r"(.+): [0-9.]+ ms for a batch of \d+\.", each)[1] for each in times] == [  # type: ignore[index]
        "Service",
        "This browser",
    ]
    assert "browser" not in page.evaluate("location.search")
    with page.expect_request("**/interpolate"):
        choose(page, "Service")
    expect(page.locator("#by-note")).to_have_text("")


def test_server_draws_when_a_file_of_the_runtime_is_missing(browser: Browser, service: httpx.Client) -> None:
    with browsing(browser, service, expected=f"net::ERR|{NOT_COMPILED}") as browse:
        page = browse(SEVENS)
        for what in ("model.onnx", "runner.js", "*.wasm"):
            page.route(f"**/{what}", lambda route: route.abort())
            choose(page, "This browser")
            until(page, "document.querySelector('#by-note').textContent.startsWith('This browser cannot draw: ')")
            expect(maker(page, "Service")).to_be_checked()
            page.unroute(f"**/{what}")
        page.get_by_role("button", name="Hand 2: 6").click()
        shows(page, at(service, "/digits/7/6.png"), PICTURE)
        choose(page, "This browser")
        draws(page)
        page.get_by_role("button", name="Hand 1: 5").click()
        shows(page, at(service, "/digits/7/5.png"), PICTURE, grey_levels=1)


def test_server_draws_when_the_policy_forbids_webassembly(browser: Browser, service: httpx.Client) -> None:
    def forbid(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, headers={**answer.headers, "content-security-policy": "script-src 'self'"})

    with browsing(browser, service, expected=NOT_COMPILED) as browse:
        page = browse(SEVENS)
        page.route("**/runner.js", forbid)
        choose(page, "This browser")
        until(page, "document.querySelector('#by-note').textContent.includes('Content Security Policy')")
        expect(maker(page, "Service")).to_be_checked()


def test_browser_is_not_offered_without_webassembly(browse: Browse) -> None:
    page = browse(SEVENS)
    page.add_init_script("delete globalThis.WebAssembly")
    page.reload()
    page.locator(PICTURE).wait_for()
    expect(maker(page, "This browser")).to_be_disabled()
    expect(page.locator("#by-note")).to_contain_text("no WebAssembly")


def test_browser_is_not_offered_when_model_files_are_private(browser: Browser, models_dir: Path) -> None:
    app = create_app(Settings(models_dir=models_dir, threads=1, model_files=False))
    with live(app) as closed, browsing(browser, closed) as browse:
        page = browse(SEVENS)
        expect(maker(page, "This browser")).to_be_disabled()
        expect(page.locator("#by-note")).to_contain_text("does not give out its models")


def test_browser_fetches_the_model_with_the_key(guarded: tuple[Browse, str]) -> None:
    browse, key = guarded
    page = browse(SEVENS)
    page.get_by_role("dialog").get_by_label("Key", exact=True).fill(key)
    page.keyboard.press("Enter")
    choose(page, "This browser")
    draws(page)


def test_page_itself_may_not_compile_webassembly(browser: Browser, service: httpx.Client) -> None:
    with browsing(browser, service, expected=NOT_COMPILED) as browse:
        empty = "new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])"
        assert "CompileError" in browse().evaluate(f"WebAssembly.compile({empty}).then(() => 'compiled', String)")
