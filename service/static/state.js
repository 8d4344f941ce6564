// Knows what can be chosen, and the address that brings a choice back. Does not know what is shown of it.

import { MAX_SEED } from "./seeds.js";

const WRITE_MS = 250; // browsers refuse addresses that change with every move of a hand

const whole = (least, most, usual) => ({
  usual,
  read: (text) => (/^\d+$/.test(text) ? Math.min(most, Math.max(least, Number(text))) : usual),
});
const number = (least, most, usual) => ({
  usual,
  read: (text) => (text.trim() !== "" && isFinite(text) ? Math.min(most, Math.max(least, Number(text))) : usual),
});
const text = (pattern, usual) => ({ usual, read: (text) => (pattern.test(text) ? text : usual) });
const flag = (usual) => ({ usual, read: (text) => text === "true" });

const SHARED = { model: text(/^\S+ \d+$/, ""), truncation: number(0, 2, 1) };
const WAYS = {
  seeds: {
    label: whole(0, 9, 3),
    first: whole(0, MAX_SEED, 0), // of the grid
    around: text(/^\d{1,16}$/, ""), // the seed whose neighbourhood is walked
    east: number(-99, 99, 0), // steps from it
    south: number(-99, 99, 0),
  },
  corners: {
    corner: whole(0, MAX_SEED, 30), // the first of four seeds
    cornerDigits: text(/^\d{4}$/, "3858"),
    across: number(0, 1, 0.5),
    down: number(0, 1, 0.5),
  },
  film: {
    keys: text(/^\d{1,16}(,\d{1,16}){1,7}$/, "1,2,3,4"),
    filmDigit: whole(0, 9, 5),
    steps: whole(2, 24, 8),
    pause: whole(20, 400, 80),
    loop: flag(true),
  },
};
const EXPLORE = { ...SHARED, way: text(/^(seeds|corners|film)$/, "seeds") };
const VIEWS = {
  draw: {
    ...SHARED,
    digits: text(/^\d{1,64}$/, "2026"),
    seed: whole(0, MAX_SEED, 7),
    scale: whole(1, 32, 8),
    gap: whole(0, 28, 0),
    invert: flag(matchMedia("(prefers-color-scheme: light)").matches),
  },
  explore: Object.assign({}, EXPLORE, ...Object.values(WAYS)),
  compare: { left: SHARED.model, right: SHARED.model, samples: whole(0, MAX_SEED, 0) },
  dataset: {
    ...SHARED,
    count: whole(1, 100_000, 1000),
    start: whole(0, MAX_SEED, 0),
    format: text(/^[a-z.+/-]+$/, "application/zip"),
  },
};
const UNWRITTEN = { by: text(/^(server|browser)$/, "server") }; // a link must not fetch megabytes that nobody asked for
const FIELDS = Object.assign({}, UNWRITTEN, ...Object.values(VIEWS)); // a name means the same in every view

export const state = { view: "draw", ...usual(FIELDS) };
const watchers = [];
let writing;
let known; // the address as it was last read or written

/** Calls `watcher` now and after each change. */
export function watch(watcher) {
  watchers.push(watcher);
  watcher(state);
}

/** Changes some of what is chosen; the address follows. */
export function change(some) {
  Object.assign(state, some);
  watchers.forEach((watcher) => watcher(state));
  clearTimeout(writing);
  writing = setTimeout(write, WRITE_MS);
}

function write() {
  if (location.hash !== known) return; // the way back was taken a moment ago, and has not been read yet
  history.replaceState(null, "", address());
  known = location.hash;
}

// Who follows a link at once comes back to what was chosen last.
document.addEventListener("click", ({ target }) => target.closest("a") && write(), true);

/** Returns the permanent address of what is shown. */
export function address() {
  const fields = state.view === "explore" ? { ...EXPLORE, ...WAYS[state.way] } : VIEWS[state.view];
  const chosen = Object.keys(fields).map((name) => [name, state[name]]);
  return `#${state.view}?${new URLSearchParams(chosen)}`;
}

/** Takes over what an address says; what it does not say stays, what it says wrongly is as usual. */
export function readAddress() {
  clearTimeout(writing);
  known = location.hash;
  const [view, query = ""] = location.hash.slice(1).split("?");
  if (!(view in VIEWS)) return change({});
  const said = new URLSearchParams(query);
  const chosen = [...said].filter(([name]) => name in VIEWS[view]).map(([name, text]) => [name, FIELDS[name].read(text)]);
  change({ view, ...Object.fromEntries(chosen) });
}

/** Binds controls to what they are named after, both ways. */
export function bind(form) {
  const controls = [...form.elements].filter((control) => control.name in FIELDS);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", ({ target }) => {
    if (!(target.name in FIELDS) || !target.checkValidity()) return;
    const said = target.type === "checkbox" ? String(target.checked) : target.value;
    change({ [target.name]: FIELDS[target.name].read(said) });
  });
  watch(() => controls.forEach(show));
  form.querySelectorAll("output[data-of]").forEach((output) => {
    watch((now) => (output.value = now[output.dataset.of]));
  });
}

function show(control) {
  const value = state[control.name];
  if (control.type === "checkbox") control.checked = value;
  else if (control.type === "radio") control.checked = control.value === String(value);
  else if (control !== document.activeElement || control.checkValidity()) control.value = value;
}

function usual(fields) {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.usual]));
}
