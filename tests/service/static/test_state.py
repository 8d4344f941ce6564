"""The page's state: what an address may name."""

import json

import pytest

from tests.service.static.modules import node

INHERITED = ["constructor", "__proto__", "toString", "hasOwnProperty", "valueOf"]
RANGES = ["seed", "digits", "truncation", "keys", "steps", "pause", "scale", "height", "gap", "count"]
READ = """((hashes) => {
  globalThis.history = { replaceState() {} };
  globalThis.document = { addEventListener() {} };
  globalThis.matchMedia = () => ({ matches: false });
  const ranges = Object.fromEntries(%s.map((name) => [name, { least: 0, most: 99 }]));
  initialise({ ...ranges, images: 64 });
  return hashes.map((hash) => {
    globalThis.location = { hash };
    readAddress();
    return [state.view, Object.keys(state).length, state.seed, typeof state.constructor];
  });
})(%s)"""


def read(*addresses: str) -> list[list[object]]:
    """Return view, number of fields and seed after each address, and whether the state is still a plain object."""
    found: list[list[object]] = node("state.js", READ % (json.dumps(RANGES), json.dumps(addresses)))
    return found


@pytest.mark.parametrize("name", INHERITED)
def test_names_that_every_object_inherits_are_unknown(name: str) -> None:
    usual, view, field, known = read("", f"#{name}", f"#draw?{name}=1", f"#draw?{name}=1&seed=5")
    assert view == field == usual
    assert known == [usual[0], usual[1], 5, "function"]


def test_known_names_are_read() -> None:
    assert [each[0] for each in read("#explore", "#compare?left=a", "#dataset?count=1")] == [
        "explore",
        "compare",
        "dataset",
    ]
