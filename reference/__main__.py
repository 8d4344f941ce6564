"""Write everything in docs/ that is generated from the code: ``python -m reference``."""

from pathlib import Path

from reference.pages import PAGES
from reference.sections import SECTIONS, filled

DOCS = Path(__file__).parents[1] / "docs"
FOLDER = DOCS / "reference"

if __name__ == "__main__":
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")
        print(FOLDER / name)
    for name, sections in SECTIONS.items():
        text = (DOCS / name).read_text(encoding="utf-8")
        (DOCS / name).write_text(filled(text, sections), encoding="utf-8")
        print(DOCS / name)
