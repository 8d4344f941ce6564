// Requests to the service: how each is sent, the API key where one is required, and what a refusal says.
// Addresses are relative, so that the service may be mounted below any path.

import { find } from "./elements.js";
import { text } from "./messages.js";
import { at } from "./root.js";

/**
 * A request: POST if it has a body, else GET.
 *
 * @typedef {object} Call
 * @property {string} path relative to the page
 * @property {object} [body] a file, sent as it is, or an object, sent as JSON
 * @property {string} [accept] media type of the answer
 * @property {string} [range] which bytes of a file, as the header field says it
 */

/**
 * A problem as the service describes it (RFC 9457).
 *
 * @typedef {object} Problem
 * @property {string} [title]
 * @property {string} [detail]
 * @property {{ pointer: string, message: string }[]} [errors]
 */

const JSON_TYPE = "application/json";
const MAX_ERRORS = 2; // one cause often shows in many places

let key = sessionStorage.getItem("key");
let pending = 0; // requests without an answer yet
/** @type {Promise<string> | undefined} */
let entering; // the dialog that every refused request waits for

/** The service cannot be reached. */
export class Unreachable extends Error {}

/**
 * Returns the answer to a request.
 *
 * @param {Call} call
 * @param {AbortSignal} [signal]
 */
export async function ask({ path, body, accept = JSON_TYPE, range }, signal) {
  for (;;) {
    /** @type {Record<string, string>} */
    const headers = { accept };
    if (range) headers.range = range;
    if (key) headers["x-api-key"] = key;
    const isFile = body instanceof Blob;
    if (body) headers["content-type"] = isFile ? body.type : JSON_TYPE;
    const method = body ? "POST" : "GET";
    const answer = await send(path, { method, headers, body: isFile ? body : body && JSON.stringify(body), signal });
    if (answer.ok) return answer;
    /** @type {Problem} */
    const problem = await answer.json().catch(() => ({}));
    if (answer.status !== 401) throw new Error(refusal(answer.status, problem));
    key = await enterKey(problem.detail ?? text("shell.a_key"));
    sessionStorage.setItem("key", key);
  }
}

/**
 * Returns what a refusal says, in the service's own words.
 *
 * @param {number} status
 * @param {Problem} problem
 */
function refusal(status, problem) {
  const errors = (problem.errors ?? []).map((each) => `${each.pointer.slice(1)}: ${each.message}`);
  const summary = problem.detail ?? problem.title ?? `the service answered ${status}`;
  return errors.length ? errors.slice(0, MAX_ERRORS).join("; ") : summary;
}

/**
 * Returns the JSON answer to a request.
 *
 * @param {Call} call
 * @param {AbortSignal} [signal]
 */
export async function askJson(call, signal) {
  return (await ask(call, signal)).json();
}

/**
 * Returns the PNG answer to a request.
 *
 * @param {Call} call
 * @param {AbortSignal} [signal]
 */
export async function askPicture(call, signal) {
  return (await ask({ accept: "image/png", ...call }, signal)).blob();
}

export const hasKey = () => Boolean(key);

/**
 * Yields the body of an answer as it arrives; not every browser can loop over the stream itself.
 *
 * @param {Response} answer
 * @param {(error: unknown) => never} [onError] called if the body breaks off
 */
export async function* chunksOf({ body }, onError) {
  const reader = body?.getReader();
  const read = () => reader?.read().catch(onError);
  for (let next = await read(); next?.value; next = await read()) yield next.value;
}

/**
 * Returns whether an error only says that its request was aborted.
 *
 * @param {unknown} error
 */
export const isAbort = (error) => error instanceof DOMException && error.name === "AbortError";

/**
 * Fetches. While any request is pending, the page's body has the class `waiting`.
 *
 * @param {string} path
 * @param {RequestInit} options
 */
async function send(path, options) {
  document.body.classList.toggle("waiting", ++pending > 0);
  try {
    return await fetch(at(path), options);
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new Unreachable(text("shell.unreachable"), { cause: error }); // each browser has its own words for this
  } finally {
    document.body.classList.toggle("waiting", --pending > 0);
  }
}

/**
 * Returns the key that the user enters. The dialog opens once, however many requests wait for the key.
 *
 * @param {string} reason
 */
function enterKey(reason) {
  const dialog = find("#key", HTMLDialogElement);
  const input = find("input", HTMLInputElement, dialog);
  entering ??= new Promise((resolve) => {
    find("p", HTMLElement, dialog).textContent = text("shell.key_reason", { reason });
    dialog.oncancel = (event) => event.preventDefault();
    find("form", HTMLFormElement, dialog).onsubmit = (event) => {
      event.preventDefault();
      entering = undefined;
      dialog.close();
      resolve(input.value.trim());
    };
    dialog.showModal();
  });
  return entering;
}
