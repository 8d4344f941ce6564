"""The page's language in a real browser: Chinese where the browser prefers it, English for all others."""

import re

import httpx
import pytest
from playwright.sync_api import expect

from service.page.documents import VIEWS
from tests.browser import Browse

pytestmark = pytest.mark.long

LATIN = re.compile(r"\b[a-z]{3,}\b")  # names such as SVG and MNIST are in capitals, all or the first letter
TECHNICAL = re.compile(r"[\w./:-]+\.\w+|pip install .*")  # files, addresses and commands
SPOKEN = """() => {
    const shown = (each) => each.checkVisibility();
    const words = [document.title];
    const all = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = all.nextNode(); node; node = all.nextNode()) {
        const inside = node.parentElement;
        const isProgram = inside.closest("script, style, noscript, pre, code, option, [lang=en]");
        if (!isProgram && shown(inside)) words.push(node.textContent.trim());
    }
    for (const each of document.querySelectorAll("[aria-label], [alt], [title]"))
        words.push(each.ariaLabel, each.alt, each.title);
    return words.filter(Boolean);
}"""
NAMES = {  # in every language
    *("digitgan", "digits", "small", "mlp", "map", "logit", "log", "zip"),
    *("curl", "torchvision", "tensorflow", "keras", "datasets", "pandas", "polars"),
}


@pytest.mark.parametrize("view", VIEWS)
def test_chinese_page_has_no_english_of_its_own_and_fits_a_phone(browse: Browse, view: str) -> None:
    page = browse(f"/{view}", locale="zh-CN", viewport={"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.lang") == "zh-Hans"
    for each in page.locator("details").all():
        each.evaluate("(each) => { each.open = true; }")
    spoken = page.evaluate(SPOKEN)
    assert len(spoken) > 10
    assert [each for each in spoken if {*LATIN.findall(TECHNICAL.sub("", each))} - NAMES] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_messages_of_wrong_fields_are_in_chinese(browse: Browse) -> None:
    page = browse("/write", locale="zh-CN")
    expect(page).to_have_title("手写一个数 · digitgan")
    expect(page.get_by_role("navigation").get_by_role("link").first).to_have_text("书写")
    page.get_by_role("textbox", name="要写的数").fill("12a")
    expect(page.locator("#notice")).to_have_text(re.compile("^要写的数.只能有数字、空格和符号 .* 个.至少一个数字。$"))
    page = browse("/hand?stranger=many", locale="zh-TW")
    expect(page.locator("#notice")).to_contain_text("必须是 0 到 9,007,199,254,740,991 的整数")
    page.get_by_role("button", name="替我写一个").click()
    expect(page.locator("#read")).to_have_text(re.compile(r"^识别为 3.把握 \d+%。$"))


@pytest.mark.parametrize(("locale", "said"), [("en-US", "no models are served here"), ("zh-CN", "本服务没有任何模型")])
def test_service_without_models_says_so(browse: Browse, locale: str, said: str) -> None:
    page = browse("/explore", locale=locale)
    page.route("**/models", lambda route: route.fulfill(json={"models": [], "default_model": "digits"}))
    page.reload()
    expect(page.locator("#trouble")).to_contain_text(said)


def test_french_browser_gets_the_english_page(browse: Browse) -> None:
    page = browse("/hand", locale="fr-FR")
    assert page.evaluate("document.documentElement.lang") == "en"
    expect(page).to_have_title("Your hand · digitgan")
    expect(page.locator("#read")).to_contain_text("Write a digit on the paper")


def test_answer_says_that_it_varies_by_language(service: httpx.Client) -> None:
    answers = {}
    for wanted in ("zh-CN,zh;q=0.9", "fr-FR,fr;q=0.9", "fr,en;q=0.4,zh;q=0.6", "zh;q=0,en;q=0.1", ""):
        answer = service.get("/hand", headers={"Accept-Language": wanted})
        assert "Accept-Language" in answer.headers["vary"]
        found = re.search(r'<html lang="([^"]+)"', answer.text)
        assert found
        answers[wanted] = (found[1], answer.headers["etag"])
    languages = [language for language, _ in answers.values()]
    assert languages == ["zh-Hans", "en", "zh-Hans", "en", "en"]
    assert len({etag for _, etag in answers.values()}) == 2
