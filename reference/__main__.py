"""Write the pages of docs/reference: ``python -m reference``."""

from pathlib import Path

from reference.pages import PAGES

FOLDER = Path(__file__).parents[1] / "docs" / "reference"

if __name__ == "__main__":
    for name, page in PAGES.items():
        (FOLDER / name).write_text(page(), encoding="utf-8")
        print(FOLDER / name)
