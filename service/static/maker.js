// Knows who makes the pictures of a view, the service or this browser, and how long each took of late.
// Does not know how either does it.

import { askJson } from "./api.js";
import { imagesHere, ready } from "./here.js";
import { inline } from "./pictures.js";
import { change } from "./state.js";

const REMEMBERED = 9; // answers
const PATIENCE_MS = 200; // what is there sooner need not be announced
const SERVER = "server";
const BROWSER = "browser";
const note = document.getElementById("by-note");
const took = { [SERVER]: { n: 0, times: [] }, [BROWSER]: { n: 0, times: [] } };
let models;

/** Sets the switch up; where this browser can make nothing, it cannot be chosen, and why is said. */
export function makers(served) {
  models = served;
  const [server, browser] = document.querySelectorAll("[name=by]");
  note.textContent = lacking([...served.values()]);
  browser.disabled = note.textContent !== "";
  server.onchange = browser.onchange = () => (note.textContent = "");
}

function lacking(served) {
  if (typeof WebAssembly !== "object" || typeof Worker !== "function") return "This browser has no WebAssembly, so the server draws.";
  if (served.every((each) => each.file_url === null)) return "This server keeps its models to itself, so it draws.";
  return "";
}

/** Returns the images of a request `{path, body, by}`: of each its seed, if it has one, and its picture's address. */
export async function images({ by, ...request }, signal) {
  const name = `${request.body.model} ${request.body.version}`;
  if (by === BROWSER) await readied(name);
  const started = performance.now();
  const made = await (by === BROWSER ? imagesHere(request, name, models.get(name)) : imagesThere(request, signal));
  told(by, made.length, performance.now() - started);
  return made;
}

async function imagesThere(request, signal) {
  const { images } = await askJson(request, signal);
  return images.map(({ seed, png }) => ({ seed, src: inline(png) }));
}

async function readied(name) {
  const patience = setTimeout(() => (note.textContent = "Fetching the model and what runs it, once."), PATIENCE_MS);
  try {
    await ready(name);
    note.textContent = "This browser draws; the server is asked for nothing.";
  } catch (error) {
    note.textContent = `This browser cannot draw: ${error.message}. The server does.`;
    change({ by: SERVER }); // so every view wishes again
    throw new DOMException("", "AbortError");
  } finally {
    clearTimeout(patience);
  }
}

/** Writes how long a maker takes for so many images; one slow answer does not show in the median of a few. */
function told(by, n, ms) {
  const { n: before, times } = took[by];
  took[by] = { n, times: [...(n === before ? times : []), ms].slice(-REMEMBERED) };
  const sorted = [...took[by].times].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)];
  document.getElementById(`by-${by}`).textContent = `${median < 10 ? median.toFixed(1) : Math.round(median)} ms`;
}
