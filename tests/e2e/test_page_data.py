"""The view Data in a real browser: the first images, files and their sizes, programs, and a download."""

import io
import os
import re
import subprocess
import sys
import zipfile
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import httpx
import numpy as np
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Download, Page, expect

from service.app import create_app
from service.settings import Settings
from tests.browser import AXE, Browse, browsing, until
from tests.cards import CLOTHES
from tests.live import live
from tests.processes import PATIENCE_S

pytestmark = pytest.mark.long

SPEC = "datasets/model-digits,version-1,count-1000,seed-0"


@pytest.fixture
def browse_all(browser: Browser, gallery: httpx.Client) -> Iterator[Browse]:
    """Yield a function that opens an address of a service with models of every kind."""
    with browsing(browser, gallery) as opening:
        yield opening


def settled(page: Page, size: str = " bytes (") -> None:
    page.locator("#preview canvas").first.wait_for()
    page.get_by_text(size).first.wait_for()


def previewed(page: Page) -> NDArray[np.uint8]:
    """Return the pixels of the images that the preview shows: uint8 (N, H, W, 3)."""
    width, height, content = page.evaluate(
        """() => {
            const all = [...document.querySelectorAll("#preview canvas")];
            const { width, height } = all[0];
            const bytes = all.flatMap((each) => [...each.getContext("2d").getImageData(0, 0, width, height).data]);
            return [width, height, btoa(bytes.map((each) => String.fromCharCode(each)).join(""))];
        }"""
    )
    return np.frombuffer(b64decode(content), np.uint8).reshape(-1, height, width, 4)[..., :3]


def content_of(service: httpx.Client, address: str) -> bytes:
    return service.get(address).raise_for_status().content


@pytest.mark.parametrize(
    ("query", "spec"),
    [
        ("", "model-digits,version-1,count-1000,seed-0"),
        (
            "?count=70&seed=50&labels=mnist&truncation=0.7",
            "model-digits,version-1,count-70,seed-50,labels-mnist,truncation-0.7",
        ),
        ("?count=3", "model-digits,version-1,count-3,seed-0"),
    ],
)
def test_preview_shows_the_first_images_of_the_chosen_set(
    browse: Browse, service: httpx.Client, query: str, spec: str
) -> None:
    page = browse(f"/data{query}")
    settled(page)
    images, labels = (
        np.load(io.BytesIO(content_of(service, f"/datasets/{spec}/{name}.npy"))) for name in ("images", "labels")
    )
    shown = previewed(page)
    n = min(20, len(images))
    assert np.array_equal(shown, np.repeat(images[:n, ..., None], 3, axis=-1))
    expect(page.locator("#preview figcaption")).to_have_text([str(label) for label in labels[:n]], use_inner_text=True)
    name = f"First {n} images of the data set: {', '.join(map(str, labels[:n]))}"
    expect(page.get_by_role("img", name=name, exact=True)).to_be_visible()


def test_sizes_and_addresses_are_those_of_the_files(browse: Browse, service: httpx.Client) -> None:
    page = browse("/data")
    settled(page)
    for label, names in (
        ("Parquet", ["data.parquet"]),
        ("NumPy", ["images.npy", "labels.npy"]),
        (
            "IDX, the format of MNIST",
            ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"],
        ),
    ):
        page.get_by_role("group", name="Format").get_by_role("radio", name=label).check()
        total = 0
        for name in names:
            address = f"{service.base_url}/{SPEC}/{name}"
            answer = service.head(address)
            assert answer.status_code == 200, "the address is canonical"
            n_bytes = int(answer.headers["content-length"])
            total += n_bytes
            row = page.get_by_role("row", name=name)
            assert row.get_by_role("cell").first.inner_text() == f"{n_bytes:,}"
            row.get_by_role("button", name=f"Copy address of {name}").click()
            until(page, f"navigator.clipboard.readText().then((text) => text === '{address}')")
        expect(page.locator("#files tbody tr")).to_have_count(len(names))
        expect(page.locator("#size")).to_have_text(f"{total:,} bytes ({total / 1e6:.1f} MB)")
    page.get_by_role("radio", name="PNGs, in one folder per class").check()
    expect(page.locator("#size")).to_contain_text("its size is not known before")


def test_download_saves_the_files_as_the_service_has_them(browse: Browse, service: httpx.Client) -> None:
    page = browse("/data?count=300&seed=50&format=numpy")
    settled(page)
    saved: list[Download] = []
    page.on("download", lambda download: saved.append(download))
    page.get_by_role("button", name="Download").click()
    page.get_by_text("Saved images.npy, labels.npy: 235,756 bytes").wait_for()
    deadline = monotonic() + PATIENCE_S
    while len(saved) < 2:
        assert monotonic() < deadline
        page.wait_for_timeout(20)
    for download in saved:
        content = content_of(service, f"/{SPEC.replace('1000,seed-0', '300,seed-50')}/{download.suggested_filename}")
        assert Path(download.path()).read_bytes() == content
    assert [each.suggested_filename for each in saved] == ["images.npy", "labels.npy"]
    page.get_by_role("radio", name="Parquet").check()
    with page.expect_download() as parquet:
        page.get_by_role("button", name="Download").click()
    assert pq.read_table(Path(parquet.value.path())).column("seed").to_pylist() == list(range(50, 350))
    page.get_by_role("radio", name="PNGs, in one folder per class").check()
    with page.expect_download() as archive:
        page.get_by_role("button", name="Download").click()
    assert archive.value.suggested_filename == "digits-1-300.zip"
    with zipfile.ZipFile(Path(archive.value.path())) as opened:
        names = [name for name in opened.namelist() if name.endswith(".png")]
    assert len(names) == 300
    assert "0/50.png" in names


def test_download_shows_its_progress_and_is_cancelled(browse: Browse) -> None:
    page = browse("/data?count=1000000")
    settled(page)
    page.evaluate(
        """() => { window.said = []; window.values = [];
        const [speed, bar] = ["speed", "progress"].map((id) => document.getElementById(id));
        new MutationObserver(() => { said.push(speed.textContent); values.push(bar.value); }).observe(
            speed, { childList: true }); }"""
    )
    saved: list[Download] = []
    page.on("download", lambda download: saved.append(download))
    page.get_by_role("button", name="Download").focus()
    page.keyboard.press("Enter")
    cancel = page.get_by_role("button", name="Cancel")
    expect(cancel).to_be_focused()
    expect(page.get_by_role("progressbar", name="Progress of the download")).to_be_visible()
    until(page, "said.length > 2")
    cancel.press("Enter")
    page.get_by_text("Cancelled; nothing was saved").wait_for()
    expect(page.get_by_role("button", name="Download")).to_be_focused()
    expect(page.get_by_role("progressbar")).to_be_hidden()
    said, values = page.evaluate("[said, values]")
    assert re.search(r"\d MB of 900\.\d MB", said[-1])
    assert "MB a second" in said[-1]
    assert said[-1].endswith((" s left", " min left"))
    assert 0 < values[-1] < 1
    assert not saved


def test_download_that_breaks_off_saves_nothing(browse: Browse) -> None:
    page = browse("/data")
    settled(page)
    page.evaluate(
        """() => { window.fetch = async () => new Response(new ReadableStream({
            pull: (stream) => stream.error(new TypeError("network error")) })); }"""
    )
    page.get_by_role("button", name="Download").click()
    page.get_by_text("the download broke off and nothing was saved").wait_for()
    expect(page.get_by_role("button", name="Download")).to_be_visible()


def test_wrong_field_acts_on_nothing(browse: Browse) -> None:
    page = browse("/data")
    settled(page)
    count, seed = "from 1 to 1,000,000,000", "from 0 to 9,007,199,254,740,991"
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator(".panel summary").click()
    for field, wrong, allowed in (("Images", "1000000001", count), ("Images", "1e5", count), ("First seed", "", seed)):
        box = page.get_by_role("textbox", name=field)
        box.fill(wrong)
        said = page.get_by_text(f"{field}: must be a whole number {allowed}")
        said.wait_for()
        assert page.evaluate("document.elementFromPoint(40, 20).id") == "notice", "the open sheet covers it"
        for name in ("Download", "Copy program", "Copy address", "Copy address of data.parquet"):
            expect(page.get_by_role("button", name=name, exact=True)).to_be_disabled()
        box.fill("60")
        expect(page.get_by_role("button", name="Download")).to_be_enabled()


def test_what_a_browser_cannot_have_is_not_offered_but_its_address_is(browser: Browser, models_dir: Path) -> None:
    settings = Settings(models_dir=models_dir, threads=1, max_images=32, max_stream_images=500)
    with live(create_app(settings)) as service, browsing(browser, service) as browse:
        page = browse("/data?count=501&format=folders")
        settled(page, "An archive has at most 500 images; choose fewer, or another format.")
        expect(page.get_by_role("button", name="Download")).to_be_hidden()
        page.get_by_role("radio", name="Parquet").check()
        with page.expect_download() as download:
            page.get_by_role("button", name="Download").click()
        assert pq.read_metadata(Path(download.value.path())).num_rows == 501
        page.get_by_role("textbox", name="Images").fill("1000000000")
        page.get_by_text("is too large for a browser to hold").wait_for()
        expect(page.get_by_role("button", name="Download")).to_be_hidden()
        expect(page.get_by_role("button", name="Copy address of data.parquet")).to_be_enabled()


def test_seeds_beyond_their_range_are_refused_in_the_services_words(browser: Browser, service: httpx.Client) -> None:
    with browsing(browser, service, expected="422") as browse:
        page = browse(f"/data?seed={2**53 - 1}")
        page.locator("#trouble").filter(has_text="seed").wait_for()
        expect(page.locator("#preview canvas")).to_have_count(0)
        expect(page.get_by_role("button", name="Download")).to_be_hidden()


def test_models_with_names_of_classes_and_in_colour_are_offered(browse_all: Browse, gallery: httpx.Client) -> None:
    page = browse_all("/data?model=tints+1&loader=numpy")
    settled(page)
    model = page.get_by_role("combobox", name="Model")
    expect(model.locator("option")).to_have_text(["better 1", "clothes 1", "digits 1", "tints 1"], use_inner_text=True)
    expect(model).to_have_value("tints 1")
    spec = "model-tints,version-1,count-1000,seed-0"
    images = np.load(io.BytesIO(content_of(gallery, f"/datasets/{spec}/images.npy")))
    assert np.array_equal(previewed(page), images[:20])
    page.get_by_role("radio", name="IDX").check()
    page.get_by_text("MNIST's format has no room for colour").wait_for()
    expect(page.get_by_role("button", name="Download")).to_be_hidden()
    loaders = page.get_by_role("group", name="Loader").get_by_role("radio")
    assert [each.get_attribute("value") for each in loaders.all()] == ["datasets", "polars", "duckdb", "numpy"]
    model.select_option("clothes 1")
    until(page, "location.search.includes('clothes')")
    until(page, f"document.querySelector('#preview figcaption').textContent === '{CLOTHES[0]}'")
    expect(page.locator("#preview figcaption")).to_have_text(CLOTHES * 2, use_inner_text=True)


def test_model_without_classes_is_replaced_and_said_so(browse_all: Browse) -> None:
    page = browse_all("/data?model=worse+1")
    page.get_by_text("worse 1 has no classes, so its images have no labels; showing better 1 instead.").wait_for()
    expect(page.get_by_role("combobox", name="Model")).to_have_value("better 1")


def test_programs_run_as_they_stand(browse: Browse, tmp_path: Path) -> None:
    """Those whose libraries are in this environment; tests/loaders runs them all."""
    page = browse("/data?count=300&seed=7")
    settled(page)
    printed = {}
    for name in ("PyTorch", "NumPy"):
        page.get_by_role("group", name="Loader").get_by_role("radio", name=name).check()
        expect(page.locator("#program")).to_contain_text("torch" if name == "PyTorch" else "numpy")
        page.get_by_role("button", name="Copy program").click()
        program = page.locator("#program").inner_text()
        until(
            page,
            "navigator.clipboard.readText().then((text) => text === document.querySelector('#program').textContent)",
        )
        run = subprocess.run(
            [sys.executable, "-c", program],
            cwd=tmp_path,
            env=os.environ | {"no_proxy": "*"},
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert run.returncode == 0, run.stderr
        printed[name] = run.stdout.splitlines()
    assert [line[:13] for line in printed["PyTorch"]] == ["(100, 28, 28)"] * 3
    assert printed["NumPy"] == ["(300, 28, 28) [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]"]


def test_address_restores_every_choice(browse: Browse) -> None:
    page = browse("/data")
    settled(page)
    page.get_by_role("textbox", name="Images").fill("60")
    page.get_by_role("radio", name="As in MNIST").check(force=True)
    page.get_by_role("slider", name="Variety").fill("0.8")
    page.get_by_role("radio", name="DuckDB").check()
    until(page, "location.search === '?count=60&labels=mnist&truncation=0.8&loader=duckdb'")
    page.reload()
    settled(page)
    expect(page.get_by_role("textbox", name="Images")).to_have_value("60")
    expect(page.get_by_role("radio", name="As in MNIST")).to_be_checked()
    expect(page.get_by_role("radio", name="DuckDB")).to_be_checked()
    expect(page.locator("#program")).to_contain_text("count-60,seed-0,labels-mnist,truncation-0.8/data.parquet")


def test_view_is_accessible_and_the_preview_above_the_fold(browse: Browse) -> None:
    page = browse("/data?format=idx")
    settled(page)
    for width, height in ((390, 844), (640, 360), (1440, 900)):
        page.set_viewport_size({"width": width, "height": height})
        box = page.locator("#preview").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= height - (0 if width >= 960 else 44)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate(AXE.read_text(encoding="utf-8"))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert page.evaluate("axe.run().then(({ violations }) => violations.map(({ id }) => id))") == []


def test_service_with_keys_offers_programs_that_send_one(guarded: tuple[Browse, str], tmp_path: Path) -> None:
    browse, key = guarded
    page = browse("/data?count=50")
    page.get_by_label("Key", exact=True).fill(key)
    page.get_by_role("button", name="Use this key").click()
    settled(page)
    loaders = page.get_by_role("group", name="Loader").get_by_role("radio")
    assert [each.get_attribute("value") for each in loaders.all()] == ["torchvision", "numpy"]
    page.get_by_role("group", name="Loader").get_by_role("radio", name="NumPy").check()
    page.get_by_text("The key is read from the environment variable DIGITGAN_KEY.").wait_for()
    program = page.locator("#program").inner_text()
    environment = os.environ | {"no_proxy": "*", "DIGITGAN_KEY": key}
    run = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert run.stdout.startswith("(50, 28, 28)")
