// The state of the page: its address, the controls that change it, and the watchers of every change.

import { fieldsOf } from "./fields.js";

/** @import { Field, Fields, Values, View } from "./fields.js" */
/** @import { Limits } from "./limits.js" */
/** @typedef {Values & { view: View }} State */

const WRITE_MS = 250; // browsers refuse addresses that change as often as the pointer moves

export const state = /** @type {State} */ ({ view: "draw" });
/** @type {Fields} */
let fields;
/** @type {((now: State) => void)[]} */
const watchers = [];
/** @type {number | undefined} */
let writing; // timer
/** @type {string | undefined} */
let known; // the address as it was last read or written

/**
 * Gives every field its usual value.
 *
 * @param {Limits} limits
 */
export function initialise(limits) {
  fields = fieldsOf(limits);
  const usual = Object.entries(fields.all).map(([name, field]) => [name, field.usual]);
  Object.assign(state, Object.fromEntries(usual));
  // If a link is followed at once, going back must still lead to the latest choice.
  document.addEventListener("click", ({ target }) => target instanceof Element && target.closest("a") && write(), true);
}

/**
 * Calls a watcher now and after each change.
 *
 * @param {(now: State) => void} watcher
 */
export function watch(watcher) {
  watchers.push(watcher);
  watcher(state);
}

/**
 * Changes some fields; the address follows.
 *
 * @param {Partial<State>} some
 */
export function change(some) {
  Object.assign(state, some);
  watchers.forEach((watcher) => watcher(state));
  clearTimeout(writing);
  writing = setTimeout(write, WRITE_MS);
}

function write() {
  if (location.hash !== known) return; // the user has just gone back, and the page has not read that address yet
  history.replaceState(null, "", address());
  known = location.hash;
}

/** Returns the permanent address of what is shown. */
export function address() {
  const { view, way } = state;
  const shown = view === "explore" ? { ...fields.explore, ...fields.ways[way] } : fields.views[view];
  const chosen = Object.keys(shown).map((name) => [name, String(valueOf(name))]);
  return `#${view}?${new URLSearchParams(chosen)}`;
}

/** Reads the state from the address. Fields missing there stay as they are; invalid ones get their usual value. */
export function readAddress() {
  clearTimeout(writing);
  known = location.hash;
  const [view, query = ""] = location.hash.slice(1).split("?");
  if (!isView(view)) return change({});
  const given = [...new URLSearchParams(query)].filter(([name]) => Object.hasOwn(fields.views[view], name));
  const chosen = given.map(([name, text]) => [name, fieldOf(name)?.read(text)]);
  change({ view, ...Object.fromEntries(chosen) });
}

/**
 * Binds the controls of a form to the fields of the same names, in both directions.
 *
 * @param {HTMLFormElement} form
 */
export function bind(form) {
  const controls = [...form.elements].filter(isControl).filter(({ name }) => fieldOf(name));
  controls.forEach(limit);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", ({ target }) => {
    if (!isControl(target) || !target.checkValidity()) return;
    const field = fieldOf(target.name);
    if (field) change({ [target.name]: field.read(isCheckbox(target) ? String(target.checked) : target.value) });
  });
  watch(() => controls.forEach(show));
  form.querySelectorAll("output").forEach((output) => {
    watch(() => (output.value = String(valueOf(output.dataset.of ?? ""))));
  });
}

/** @typedef {HTMLInputElement | HTMLSelectElement} Control */

/** @param {Control} control */
function limit(control) {
  for (const [name, value] of Object.entries(fieldOf(control.name)?.attributes ?? {})) {
    if (name !== "title" || control.type !== "range") control.setAttribute(name, value); // a slider shows its range
  }
}

/** @param {Control} control */
function show(control) {
  const value = valueOf(control.name);
  if (isCheckbox(control)) control.checked = Boolean(value);
  else if (isRadio(control)) control.checked = control.value === String(value);
  else if (control !== document.activeElement || control.checkValidity()) control.value = String(value);
}

/**
 * @param {string} name
 * @returns {Field<unknown> | undefined}
 */
function fieldOf(name) {
  // `in` and plain indexing would also find what every object inherits, such as "constructor".
  return Object.hasOwn(fields.all, name) ? /** @type {Record<string, Field<unknown>>} */ (fields.all)[name] : undefined;
}

/**
 * @param {string} name
 * @returns {unknown}
 */
function valueOf(name) {
  return /** @type {Record<string, unknown>} */ (state)[name];
}

/**
 * @param {string} name
 * @returns {name is View}
 */
function isView(name) {
  return Object.hasOwn(fields.views, name);
}

/**
 * @param {unknown} target
 * @returns {target is Control}
 */
function isControl(target) {
  return target instanceof HTMLInputElement || target instanceof HTMLSelectElement;
}

/**
 * @param {Control} control
 * @returns {control is HTMLInputElement}
 */
function isCheckbox(control) {
  return control.type === "checkbox";
}

/**
 * @param {Control} control
 * @returns {control is HTMLInputElement}
 */
function isRadio(control) {
  return control.type === "radio";
}
