// The state of a view: its address, the controls that change it, and the watchers of every change.

import { find } from "./elements.js";
import { text as words } from "./messages.js";
import { at, encoded, ROOT } from "./root.js";

/** @import { Field, Fields } from "./fields.js" */
/**
 * @template {Fields} F
 * @typedef {{ [Name in keyof F]: F[Name]["usual"] }} State
 */

const WRITE_MS = 250; // browsers refuse addresses that change as often as the pointer moves

/** @type {Record<string, any>} */
export const state = {};
let view = "";
/** @type {Fields} */
let fields = {};
/** @type {((now: typeof state) => void)[]} */
const watchers = [];
/** @type {Map<string, string>} */
const wrong = new Map(); // what is wrong with fields, by name
let remarked = ""; // remarks on the latest change
/** @type {number | undefined} */
let writing; // timer
/** @type {string | undefined} */
let known; // the address as it was last read or written

/**
 * Gives every field of a view its usual value.
 *
 * @param {string} name of the view
 * @param {Fields} its
 */
export function initialise(name, its) {
  [view, fields] = [name, its];
  for (const [each, field] of Object.entries(fields)) state[each] = field.usual;
  // If a link is followed at once, going back must still lead to the latest choice.
  document.addEventListener("click", ({ target }) => target instanceof Element && target.closest("a") && write(), true);
}

/**
 * Calls a watcher now and after each change.
 *
 * @param {(now: typeof state) => void} watcher
 */
export function watch(watcher) {
  watchers.push(watcher);
  watcher(state);
}

/**
 * Changes some fields; the address follows.
 *
 * @param {Record<string, unknown>} some
 */
export function change(some) {
  remarked = "";
  adjust(some);
}

/**
 * Changes some fields as a view does by itself, so that remarks on the user's latest change remain.
 *
 * @param {Record<string, unknown>} some
 */
export function adjust(some) {
  Object.assign(state, some);
  for (const name of Object.keys(some)) wrong.delete(name);
  watchers.forEach((watcher) => watcher(state));
  clearTimeout(writing);
  writing = setTimeout(write, WRITE_MS);
}

/**
 * Says something about the latest change, until the next one.
 *
 * @param {string} text
 */
export function remark(text) {
  if (!remarked.includes(text)) remarked = `${remarked} ${text}`.trim();
  sayWrong();
}

function write() {
  if (location.href !== known) return; // the user has just gone back, and the page has not read that address yet
  const now = address();
  if (now !== known) history.replaceState(null, "", now);
  known = location.href;
}

/**
 * Returns the permanent address of what is shown: only what differs from the usual is in it. Until a view has its
 * fields, that is the address of the document.
 *
 * @param {Record<string, unknown>} [others] fields with other values
 */
export function address(others = {}) {
  if (!view) return location.href;
  const values = { ...state, ...others };
  const all = Object.entries(fields).filter(
    ([name, { isWritten }]) => isWritten !== false && values[name] !== undefined,
  );
  const chosen = all.filter(([name, { usual }]) => String(values[name]) !== String(usual));
  const inPath = chosen.filter(([, { isInPath }]) => isInPath).map(([name]) => `/${encoded(String(values[name]))}`);
  const query = chosen.filter(([, { isInPath }]) => !isInPath).map(([name]) => [name, String(values[name])]);
  const isHome = view === "write" && !chosen.length;
  if (isHome) return at("");
  return at(view + inPath.join("")) + (query.length ? `?${new URLSearchParams(query)}` : "");
}

/** Reads the state from the address. Fields that are missing or wrong there get their usual value. */
export function readAddress() {
  clearTimeout(writing);
  known = location.href;
  const given = new URLSearchParams(location.search);
  const path = location.pathname.slice(ROOT.pathname.length + view.length + 1);
  /** @type {Record<string, unknown>} */
  const read = {};
  wrong.clear();
  /** @type {string[]} */
  const faults = [];
  for (const [name, field] of Object.entries(fields)) {
    if (field.isWritten === false) continue;
    const text = field.isInPath ? decoded(path) : given.get(name);
    const fault = text ? field.fault(text) : "";
    read[name] = text && !fault ? field.read(text) : field.usual;
    if (!fault) continue;
    const control = document.querySelector(`main [name="${name}"]`);
    faults.push(words("shell.fault", { name: isControl(control) ? nameOf(control) : name, fault }));
  }
  change(read);
  faults.forEach(remark); // the fields have their usual values, and may act
  sayWrong();
}

/**
 * Binds the controls of a form to the fields of the same names, in both directions. While a control is wrong, nothing
 * that acts on it can be used.
 *
 * @param {HTMLFormElement} form
 */
export function bind(form) {
  const controls = [...form.elements].filter(isControl).filter(({ name }) => fieldOf(name));
  controls.forEach(limit);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", ({ target }) => {
    const field = isControl(target) && fieldOf(target.name);
    if (!isControl(target) || !field) return;
    const text = isCheckbox(target) ? String(target.checked) : target.value;
    const fault = field.fault(text);
    target.setCustomValidity(fault);
    target.ariaInvalid = fault ? "true" : null;
    if (fault) {
      wrong.set(target.name, words("shell.fault", { name: nameOf(target), fault }));
      sayWrong();
    } else change({ [target.name]: field.read(text) });
  });
  watch(() => {
    controls.forEach(show);
    sayWrong();
  });
  form.querySelectorAll("output").forEach((output) => {
    watch(() => (output.value = String(state[output.dataset.of ?? ""])));
  });
}

function sayWrong() {
  find("#notice", HTMLElement).textContent = [...wrong.values(), remarked].join(" ").trim();
  holdActions();
}

/** Lets nothing act while a field is wrong; a view calls this for controls that it has just made. */
export function holdActions() {
  const acting = /** @type {NodeListOf<HTMLButtonElement>} */ (document.querySelectorAll("button[data-acts]"));
  for (const button of acting) button.disabled = wrong.size > 0;
  const links = /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll("a[data-acts]"));
  for (const link of links) link.inert = wrong.size > 0;
}

/** @typedef {HTMLInputElement | HTMLSelectElement} Control */

/** @param {Control} control */
function nameOf(control) {
  const label = isRadio(control) ? control.closest("fieldset")?.querySelector("legend") : control.labels?.[0];
  const named = control instanceof HTMLSelectElement ? label?.firstChild : label; // without its options
  return named?.textContent?.trim() || control.ariaLabel || control.name;
}

/** @param {Control} control */
function limit(control) {
  const { attributes = {} } = fieldOf(control.name) ?? {};
  for (const [name, value] of Object.entries(attributes)) control.setAttribute(name, value);
}

/** @param {Control} control */
function show(control) {
  const value = state[control.name];
  if (isCheckbox(control)) control.checked = Boolean(value);
  else if (isRadio(control)) control.checked = control.value === String(value);
  else if (!wrong.has(control.name)) {
    if (control.value !== String(value)) control.value = String(value);
    control.setCustomValidity("");
    control.ariaInvalid = null;
  }
}

/**
 * @param {string} name
 * @returns {Field<unknown> | undefined}
 */
function fieldOf(name) {
  // Plain indexing would also find what every object inherits, such as "constructor".
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
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
