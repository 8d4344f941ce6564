"""The rooms of the page's modules: none imports what is built on it."""

import posixpath
import re

import pytest

from tests.service.static.modules import STATIC

BELOW = {"shell": {"shell", "messages.json"}, "drawing": {"shell", "drawing", "vendor"}, "learn": {"shell", "learn"}}


@pytest.mark.parametrize("room", BELOW)
def test_room_imports_only_rooms_below_it(room: str) -> None:
    for path in (STATIC / room).glob("*.js"):
        for name in re.findall(r'(?:from |import\()"(\.[^"]+)"', path.read_text(encoding="utf-8")):
            assert posixpath.normpath(f"{room}/{name}").split("/")[0] in BELOW[room], (path.name, name)
