// Who makes the pictures of a view, the service or this browser, and how long each took recently.

import { askJson, askPicture } from "../shell/api.js";
import { find } from "../shell/elements.js";
import { bitmaps, feedsOf, rowsOf, sheetOf } from "./inference.js";
import { text } from "../shell/messages.js";
import { canRun, fileOf } from "../shell/models.js";
import { load, run } from "./runtime.js";
import { change } from "../shell/state.js";

/** @import { ImagesBody, Pixels, Rows } from "./inference.js" */
/** @import { Models } from "../shell/models.js" */
/** @typedef {"server" | "browser"} Maker */
/** @typedef {{ path: string, body: ImagesBody, by: Maker }} ImagesCall */
/** @typedef {{ seed?: number | null, src: string }} MadeImage its seed, if it has one, and its picture's address */

const N_TIMES = 9; // answers that a median is taken of
/** @type {Record<Maker, { n: number, times: number[] }>} */
const took = { server: { n: 0, times: [] }, browser: { n: 0, times: [] } };
/** @type {Models} */
let models;

/**
 * Sets up the switch between the makers. If this browser cannot draw, it cannot be chosen, and a note says why.
 *
 * @param {Models} served
 */
export function initialiseMakers(served) {
  models = served;
  const note = find("#by-note", HTMLElement);
  const server = find("[name=by][value=server]", HTMLInputElement);
  const browser = find("[name=by][value=browser]", HTMLInputElement);
  note.textContent = obstacle(served, text("shell.service_draws"));
  browser.disabled = note.textContent !== "";
  server.onchange = browser.onchange = () => (note.textContent = "");
}

/**
 * Returns why this browser cannot run the models, or nothing if it can.
 *
 * @param {Models} served
 * @param {string} instead what happens then, in the page's language
 */
export function obstacle(served, instead) {
  if (!canRun()) return text("shell.no_webassembly", { instead });
  if (served.names.every((name) => served.get(name).file_url === null)) {
    return text("shell.private_models", { instead });
  }
  return "";
}

/**
 * Returns the images of a request.
 *
 * @param {ImagesCall} call
 * @param {AbortSignal} signal
 * @returns {Promise<MadeImage[]>}
 */
export async function images({ by, ...call }, signal) {
  if (by === "browser") await prepare(fileOf(call.body));
  return timed(by, () => (by === "browser" ? imagesHere(call.body) : imagesThere(call, signal)));
}

/**
 * Returns what a maker made, and shows how long it took.
 *
 * @template T
 * @param {Maker} by
 * @param {() => Promise<T[]>} make
 */
export async function timed(by, make) {
  const started = performance.now();
  const made = await make();
  record(by, made.length, performance.now() - started);
  return made;
}

/**
 * Returns a contact sheet of images, without gaps.
 *
 * @param {{ body: ImagesBody, by: Maker }} call
 * @param {number} columns
 * @param {object} looks how the service draws them; this browser draws pixels
 * @param {AbortSignal} signal
 */
export async function sheet({ by, body }, columns, looks, signal) {
  if (by === "browser") await prepare(fileOf(body));
  if (signal.aborted) throw new DOMException("", "AbortError"); // meanwhile, and a model is not run in vain
  const started = performance.now();
  const made = await createImageBitmap(
    by === "browser"
      ? sheetOf(await pixelsHere(body), columns)
      : await askPicture({ path: "generate", body: { ...body, ...looks, columns, padding: 0 } }, signal),
  );
  record(by, (body.hands ?? body.seeds ?? []).length, performance.now() - started);
  return made;
}

/**
 * @param {{ path: string, body: ImagesBody }} call
 * @param {AbortSignal} signal
 * @returns {Promise<MadeImage[]>}
 */
export async function imagesThere(call, signal) {
  /** @type {{ images: { seed: number | null, png: string }[] }} */
  const answer = await askJson(call, signal);
  return answer.images.map(({ seed, png }) => ({ seed, src: `data:image/png;base64,${png}` }));
}

/**
 * @param {ImagesBody} body
 * @returns {Promise<MadeImage[]>}
 */
async function imagesHere(body) {
  const { seeds, ...rows } = rowsOf(body, modelOf(body));
  return bitmaps(await pixelsHere(body, rows)).map((src, i) => ({ seed: seeds[i], src }));
}

/**
 * Returns the pixels of the images of a request, made by this browser, which has loaded the model.
 *
 * @param {ImagesBody} body
 * @param {Rows} [rows]
 * @returns {Promise<Pixels>}
 */
export async function pixelsHere(body, rows = rowsOf(body, modelOf(body))) {
  const { image } = await run(fileOf(body), feedsOf(rows), ["image"]);
  const [, height, width, channels] = image.dims;
  return { pixels: /** @type {Uint8Array} */ (image.data), height, width, channels };
}

/** @param {ImagesBody} body */
const modelOf = ({ model, version }) => models.get(`${model} ${version}`);

/**
 * Waits until this browser can run a model. If it cannot, the server is chosen again, and a note says why.
 *
 * @param {string} path of the model's file
 */
async function prepare(path) {
  const note = find("#by-note", HTMLElement);
  try {
    await load(path);
    note.textContent = text("shell.browser_draws");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    note.textContent = text("shell.cannot_draw", { reason });
    change({ by: "server" }); // every view repeats its request
    throw new DOMException("", "AbortError");
  }
}

/**
 * Shows how long a maker takes for this many images: the median, since a single slow answer says little.
 *
 * @param {Maker} by
 * @param {number} n
 * @param {number} ms
 */
function record(by, n, ms) {
  const { n: before, times } = took[by];
  took[by] = { n, times: [...(n === before ? times : []), ms].slice(-N_TIMES) };
  const sorted = took[by].times.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)];
  find(`#by-${by}`, HTMLElement).textContent = text("shell.took", {
    who: text(by === "server" ? "shell.service" : "shell.browser"),
    n,
    ms: median < 10 ? median.toFixed(1) : Math.round(median),
  });
}
