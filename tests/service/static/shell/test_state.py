"""A view's state: what its address may name, and how its address is written."""

import json
from typing import Any

import pytest

from tests.service.static.modules import node

INHERITED = ["constructor", "__proto__", "toString", "hasOwnProperty", "valueOf"]
USUAL = {"number": "2026", "hand": "23", "drawn": "ink", "isLoud": False, "by": "server"}
# Two views of a service at a root that some gateway has moved; each address is read, and the state written again.
READ = """await (async (view, addresses) => {
  const { ROOT } = await import("./shell/root.js");
  for (const name of ["HTMLElement", "HTMLInputElement", "HTMLSelectElement"]) globalThis[name] = class {};
  const notice = new HTMLElement();
  globalThis.document = {
    addEventListener() {}, querySelector: (each) => (each === "#notice" ? notice : null), querySelectorAll: () => [],
    documentElement: { lang: "en" },
  };
  globalThis.history = { replaceState() {} };
  const field = (usual, pattern, more = {}) => ({
    usual, fault: (text) => (pattern.test(text) ? "" : "must be another"), read: (text) => text, ...more,
  });
  initialise(view, {
    number: field("2026", /^[0-9.,\\-/:+%%() ]+$/, { isInPath: true }),
    hand: field("23", /^(\\d+|h[\\w-]+)$/),
    drawn: field("ink", /^(ink|pixels)$/),
    isLoud: field(false, /^(true|false)$/, { read: (text) => text === "true" }),
    by: field("server", /./, { isWritten: false }),
  });
  return addresses.map((each) => {
    notice.textContent = "";
    globalThis.location = new URL(each, ROOT);
    readAddress();
    return { state: { ...state }, type: typeof state.constructor, said: notice.textContent,
      written: address().slice(ROOT.href.length) };
  });
})(%s, %s)"""


def read(*addresses: str, view: str = "write") -> list[dict[str, Any]]:
    """Return the state that each address gives, what is said about it, and the address that is written for it."""
    found: list[dict[str, Any]] = node("shell/state.js", READ % (json.dumps(view), json.dumps(addresses)))
    assert {each["type"] for each in found} == {"function"}  # of a plain object
    return found


def test_address_gives_the_fields_that_it_names_and_is_written_again() -> None:
    wanted: dict[str, dict[str, Any]] = {
        "": {},
        "write": {},
        "write/": {},
        "write/31": {"number": "31"},
        "write/12%2F31?hand=7": {"number": "12/31", "hand": "7"},
        "write/12/31": {"number": "12/31"},
        "write/1//2/": {"number": "1//2/"},
        "write/50%": {"number": "50%"},
        "write/50%25": {"number": "50%"},
        "write/%285%29%20-1%2B1": {"number": "(5) -1+1"},
        "write?hand=hAb_-9&drawn=pixels&isLoud=true": {"hand": "hAb_-9", "drawn": "pixels", "isLoud": True},
        "write?hand=7&hand=8&utm_source=letter": {"hand": "7"},
        "write/2026?hand=23&drawn=ink&isLoud=false": {},
        "write?by=browser": {},
    }
    found = read(*wanted)
    assert [each["state"] for each in found] == [USUAL | each for each in wanted.values()]
    assert {each["said"] for each in found} == {""}
    written = [each["written"] for each in found]
    assert read(*written) == found
    assert written[:3] == ["", "", ""]
    assert written[3:6] == ["write/31", "write/12%2F31?hand=7", "write/12%2F31"]
    assert written[10:] == ["write?hand=hAb_-9&drawn=pixels&isLoud=true", "write?hand=7", "", ""]


def test_another_view_has_its_name_in_its_address() -> None:
    found = read("hand", "hand?hand=7", view="hand")
    assert [each["written"] for each in found] == ["hand", "hand?hand=7"]


def test_wrong_values_are_named_and_the_usual_ones_taken() -> None:
    [found, mended] = read("write/12a?hand=1e3&drawn=round&isLoud=perhaps", "write/31")
    assert found["state"] == USUAL
    assert found["written"] == ""
    said = (f"{name}: must be another." for name in ("number", "hand", "drawn", "isLoud"))
    assert found["said"] == " ".join(said)
    assert mended["said"] == ""


@pytest.mark.parametrize("name", INHERITED)
def test_names_that_every_object_inherits_are_unknown(name: str) -> None:
    [found, other] = read(f"write?{name}=1&hand=7", f"write/{name}")
    assert found["state"] == USUAL | {"hand": "7"}
    assert other["state"] == USUAL
