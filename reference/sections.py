"""The generated parts of hand-written pages, each between a pair of comments that name it."""

import re
from collections.abc import Callable, Mapping

from reference import events_page, formats_page, recipes_page

Sections = Mapping[str, Callable[[], str]]

# By page in docs/, then by the name in the comments.
SECTIONS: Mapping[str, Sections] = {
    "http.md": {
        "images": formats_page.images,
        "frames": formats_page.frames,
        "datasets": formats_page.datasets,
        "numbers": formats_page.numbers,
    },
    "operations.md": {"events": events_page.overview},
    "recipes.md": {
        "recipes": recipes_page.overview,
        "differences": recipes_page.differences,
        "sizes": recipes_page.sizes,
        "losses": recipes_page.losses,
    },
}


def filled(text: str, sections: Sections) -> str:
    """Return a page with its generated parts made anew.

    Raises:
        ValueError: the page lacks the comments around one of them.
    """
    for name, make in sections.items():
        begin, end = f"<!-- generated: {name} -->\n", f"<!-- /generated: {name} -->\n"
        place = re.compile(f"(?<={re.escape(begin)}).*?(?={re.escape(end)})", re.DOTALL)
        if not place.search(text):
            raise ValueError(f"the page has no lines {begin.strip()} and {end.strip()}")
        content = make()
        text = place.sub(lambda _, content=content: f"\n{content}\n", text, count=1)  # type: ignore[misc] # mypy 1.x
    return text
