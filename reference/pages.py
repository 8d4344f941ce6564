"""The pages that are made from the code, and the function that makes each."""

from collections.abc import Callable, Mapping

from reference import card_page, command_page, http_page, metrics_page, python_page

PAGES: Mapping[str, Callable[[], str]] = {
    "http.md": http_page.page,
    "python.md": python_page.page,
    "command-line.md": command_page.page,
    "model-card.md": card_page.page,
    "metrics.md": metrics_page.page,
}
