"""The views Explore, Compare and Data set in a real browser."""

import io
import re
import shutil
import zipfile
from itertools import cycle
from pathlib import Path
from time import monotonic

import httpx
from PIL import Image, ImageSequence
from playwright.sync_api import Browser, expect

from digitgan.contract.card import HistoryPoint, read_card, write_card
from service.app import create_app
from service.settings import Settings
from tests.browser import AXE, Browse, browsing, until
from tests.cards import CLOTHES
from tests.e2e.test_page_drawing import at, picture, pixels, shows, slide
from tests.live import live
from tests.processes import PATIENCE_S


def test_seed_of_the_grid_opens_its_neighbourhood_to_walk(browse: Browse, service: httpx.Client) -> None:
    page = browse("#explore?way=seeds&label=8")
    expect(page.locator("#grid img")).to_have_count(40)
    expect(page.locator("#grid .here")).to_have_count(0)
    shows(page, at(service, "/digits/8/2.png?scale=2"), "#grid button:nth-child(3) img")
    page.get_by_role("button", name="Later").click()
    page.get_by_role("button", name="Seed 40", exact=True).focus()
    page.keyboard.press("Enter")
    until(page, "document.querySelectorAll('#grid img').length === 49")
    assert page.get_by_role("button", name="Later").is_hidden()  # it pages through the grid of seeds, which is hidden
    shows(page, at(service, "/digits/8/40.png?scale=2"), "#grid .here img", grey_levels=1)
    expect(page.locator("#grid button:nth-child(25)")).to_have_class("here")
    page.get_by_role("button", name="Go to 1 east, 0 south").click()
    page.get_by_text("Around seed 40, 1 east, 0 south").wait_for()
    until(page, "document.activeElement.ariaLabel === 'Go to 1 east, 0 south'")
    page.keyboard.press("ArrowDown")
    page.get_by_text("Around seed 40, 1 east, 1 south").wait_for()
    page.get_by_role("link", name="Draw with this seed").click()
    until(page, "document.querySelector('#drawing').alt === '8 in the hand of seed 40'")
    page.go_back()
    page.get_by_role("button", name="Back to the seeds").click()
    until(page, "document.querySelectorAll('#grid img').length === 40")


def test_address_is_not_overwritten_before_it_is_read(browse: Browse) -> None:
    page = browse("#explore?way=seeds&around=5")
    until(page, "location.hash.includes('model=')")
    page.evaluate("() => { location.hash = '#draw?seed=9'; }")
    until(page, "document.querySelector('#drawing').alt.endsWith('seed 9')")
    # The page writes its address at a click on any link, here just before it learns the new address.
    page.evaluate(
        """() => addEventListener("popstate", () => {
            document.body.append(document.createElement("a"));
            document.body.lastChild.click(); }, { once: true })"""
    )
    page.evaluate("history.back()")
    expect(page.locator("#explore")).to_be_visible()
    assert page.evaluate("location.hash").startswith("#explore")


def test_digit_fields_are_disabled_for_a_model_without_classes(browse: Browse) -> None:
    page = browse("#explore?model=mlp+1")
    for name in ("label", "cornerDigits", "filmDigit"):
        assert page.locator(f"#explore [name={name}]").is_disabled()
    page.locator("#explore [name=model]").select_option("digits 1")
    for name in ("label", "cornerDigits", "filmDigit"):
        assert page.locator(f"#explore [name={name}]").is_enabled()


def test_picture_follows_a_drag_between_the_corners(browse: Browse, service: httpx.Client) -> None:
    page = browse("#explore?way=corners&corner=5&cornerDigits=3333")
    for i in range(4):
        shows(page, at(service, f"/digits/3/{5 + i}.png?scale=2"), f"#pad .corner:nth-child({i + 1})")
    page.evaluate(
        """() => { window.shown = new Set();
        new MutationObserver(() => shown.add(mix.src)).observe(mix, { attributeFilter: ["src"] }); }"""
    )
    square = page.locator("#pad").bounding_box()
    assert square is not None
    x, y, side = square["x"], square["y"], square["width"]
    page.mouse.move(x + side / 2, y + side / 2)
    page.mouse.down()
    started = monotonic()
    for part in cycle((1, 0.5)):  # for as long as it takes
        page.mouse.move(x + part * (side - 1), y + part * (side - 1), steps=30)
        if page.evaluate("shown.size") > 3:  # while the button is still held
            break
        assert monotonic() - started < PATIENCE_S
    page.mouse.move(x - 20, y - 20, steps=30)
    page.mouse.up()
    # In a corner the mix is that corner's latent, rounded to four decimals.
    shows(page, at(service, "/digits/3/5.png"), "#mix", grey_levels=1)
    assert page.locator("[name=across]").input_value() == page.locator("[name=down]").input_value() == "0"


def test_sliders_move_the_mix_and_the_address_restores_it(browse: Browse) -> None:
    page = browse("#explore?way=corners")
    slide(page, "across", 0.25)
    slide(page, "down", 0.75)
    until(page, "location.hash.includes('down=0.75')")
    page.wait_for_load_state("networkidle")
    again = browse("/" + page.evaluate("location.hash"))
    shows(again, picture(page, "#mix"), "#mix")


def test_film_plays_pauses_and_is_saved_as_apng_and_gif(browse: Browse) -> None:
    page = browse("#explore?way=film&keys=1,2,3&steps=4&pause=20&loop=false")
    expect(page.locator("#strip img")).to_have_count(9)
    page.get_by_role("button", name="Play").click()
    until(page, "document.querySelector('#screen').alt === 'Frame 5 of 9'")
    page.get_by_role("button", name="Pause").click()
    for kind in ("APNG", "GIF"):
        with page.expect_download() as download:
            page.get_by_role("button", name=f"Download {kind}").click()
        with Image.open(Path(download.value.path())) as film:
            assert (sum(1 for _ in ImageSequence.Iterator(film)), film.size) == (9, (224, 224))
    page.get_by_label("Back to the first").check()
    until(page, "document.querySelectorAll('#strip img').length === 12")
    page.get_by_role("button", name="Roll the seeds").click()
    until(page, "document.querySelectorAll('#strip img').length === 16")


def test_two_models_are_compared_with_figures_of_their_cards(browse: Browse, service: httpx.Client) -> None:
    page = browse("#compare?left=digits-small+1&right=mlp+1&samples=100")
    body = {"seeds": list(range(100, 140)), "model": "mlp", "version": "1", "columns": 10, "scale": 2}
    right = service.post("/generate", json=body, headers={"accept": "image/png"}).content
    shows(page, pixels(right), "#right img")
    score = service.get("/models/mlp").json()["card"]["metrics"]["frechet_distance"]["value"]
    row = page.get_by_role("row").filter(has_text="frechet distance").first
    assert row.locator("td").last.inner_text() == f"{score:.2f}"
    page.get_by_label("Left").select_option("digits 1")
    page.get_by_role("columnheader", name="digits 1").wait_for()
    page.get_by_role("button", name="Roll a seed").click()
    until(page, "document.querySelector('[name=samples]').value !== '100'")


def test_data_set_download_is_complete_and_shows_progress(browse: Browse) -> None:
    page = browse("#dataset?count=300&start=50")
    page.evaluate(
        """() => { window.said = [];
        const note = document.getElementById("progress-note");
        new MutationObserver(() => said.push(note.textContent)).observe(note, { childList: true }); }"""
    )
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    with zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes())) as archive:
        assert len([name for name in archive.namelist() if name.endswith(".png")]) == 300
        assert "0/50.png" in archive.namelist()
    page.get_by_text("digits.zip: 300 images").wait_for()
    assert any("MB" in each for each in page.evaluate("said"))


def test_interrupted_data_set_is_reported(browse: Browse) -> None:
    page = browse("#dataset")
    page.evaluate(
        """() => { window.fetch = async () => new Response(new ReadableStream({
            pull: (stream) => stream.error(new TypeError("network error")) })); }"""
    )
    page.get_by_role("button", name="Download").click()
    page.get_by_text("the download broke off").wait_for()
    expect(page.get_by_role("button", name="Download")).to_be_enabled()


def test_data_set_can_be_stopped(browse: Browse) -> None:
    page = browse("#dataset?count=100000")
    page.get_by_label("IDX").check()
    page.get_by_role("button", name="Download").click()
    page.get_by_text(re.compile(r"\d MB")).wait_for()
    page.get_by_role("button", name="Stop").click()
    page.get_by_text("Stopped").wait_for()
    assert page.get_by_role("button", name="Download").is_enabled()


def test_training_curves_are_drawn_from_the_card_where_it_has_them(
    browser: Browser, models_dir: Path, tmp_path: Path
) -> None:
    for name in ("digits-small", "mlp"):
        shutil.copytree(models_dir / name, tmp_path / name)
    history = [
        HistoryPoint(iteration=100 * i, generator_loss=4 / i, discriminator_loss=0.5, discriminator_accuracy=1 / i)
        for i in range(1, 5)
    ]
    for name, kept in (("digits-small", None), ("mlp", history)):
        folder = tmp_path / name / "1"
        write_card(read_card(folder).model_copy(update={"history": kept}), folder)
    shutil.copytree(tmp_path / "mlp" / "1", tmp_path / "mlp" / "2")
    newer = read_card(tmp_path / "mlp" / "2").model_copy(update={"version": "2"})
    write_card(newer, tmp_path / "mlp" / "2")
    app = create_app(Settings(models_dir=tmp_path, default_model="digits-small", threads=1))
    with live(app) as client, browsing(browser, client) as browse:
        page = browse("#compare")
        page.locator("#left-curves").get_by_text("digits-small 1 has no training curve.").wait_for()
        page.get_by_role("heading", name="How mlp 2 was trained").wait_for()  # the newest, by default
        losses, share = page.locator("#right-curves").get_by_role("img", name="over 400 iterations").all()
        assert losses.get_attribute("aria-label") == (
            "Losses over 400 iterations: generator 4.0 at first, 1.0 at the end; "
            "discriminator 0.50 at first, 0.50 at the end"
        )
        assert "share 100 % at first, 25 % at the end" in (share.get_attribute("aria-label") or "")
        generator, discriminator = losses.locator("path").all()
        # From 0 below to 4.2 above: the losses of 4, 2, 1.33 and 1.
        assert generator.get_attribute("d") == "M25.00 4.76L50.00 52.38L75.00 68.25L100.00 76.19"
        assert discriminator.get_attribute("d") == "M25.00 88.10L50.00 88.10L75.00 88.10L100.00 88.10"
        page.evaluate(AXE.read_text(encoding="utf-8"))
        assert page.evaluate("axe.run().then(({ violations }) => violations.map(({ id }) => id))") == []


def test_page_speaks_the_names_of_the_classes(browser: Browser, clothes: httpx.Client) -> None:
    with browsing(browser, clothes) as browse:
        page = browse("#explore?way=seeds&label=99")
        chosen = page.locator("#explore [name=label]")
        assert chosen.locator("option").all_inner_texts() == CLOTHES
        expect(chosen).to_have_value("9")
        chosen.select_option("Bag")
        shows(page, at(clothes, "/digits/Bag/2.png?scale=2"), "#grid button:nth-child(3) img")
        expect(page.locator("#to-draw")).to_be_hidden()
        page.get_by_label("Between four").check(force=True)
        page.get_by_label("Class of corner 2").select_option("Ankle boot")
        shows(page, at(clothes, "/digits/Ankle boot/31.png?scale=2"), "#pad .corner:nth-child(2)")
        expect(page.locator("[name=cornerDigits]")).to_be_hidden()
        until(page, "location.hash.includes('cornerDigits=3%2C9%2C5%2C8')")
        page.reload()
        expect(page.get_by_label("Class of corner 2")).to_have_value("9")
        page.goto(f"{clothes.base_url}/#dataset")
        page.get_by_text("Balanced over the 10 classes").wait_for()
        page.goto(f"{clothes.base_url}/#draw")
        page.get_by_text("clothes 1 writes no numbers: a seed decides").wait_for()
        page.goto(f"{clothes.base_url}/#compare")
        until(page, "document.querySelector('#left img').alt === '40 images by clothes 1'")


def test_classes_of_the_chosen_model_are_offered(browse: Browse) -> None:
    page = browse("#explore?way=seeds&model=digits+1")
    assert page.locator("#explore [name=label] option").all_inner_texts() == list("0123456789")
    expect(page.locator("#seeds .class")).to_have_text("Digit")
