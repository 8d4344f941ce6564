"""All views of the page in Firefox, which reads the same documents in its own way."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser

from service.page.documents import VIEWS
from tests.browser import Browse, firefox
from tests.e2e.test_page_write import check_typing
from tests.e2e.views import SIZES, check_focus, check_fold, check_names, check_sizes, settle


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Yield a Firefox for all tests of this module."""
    with firefox() as found:
        yield found


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_can_be_used(browse: Browse, view: str) -> None:
    page = browse(f"/{view}", viewport={"width": SIZES[-1][0], "height": SIZES[-1][1]})
    settle(page)
    check_focus(page)
    check_fold(page)
    check_names(page)
    check_sizes(page)  # axe runs in Chromium alone: on the view Compare, it makes a process of Firefox 153 crash


def test_typing_anywhere_writes_and_space_rolls(browse: Browse, service: httpx.Client) -> None:
    check_typing(browse(), service)
