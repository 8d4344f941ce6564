// Knows how the service is asked: the key, where one is required, and what a refusal says.
// Does not know what is asked for. Addresses are relative, so the service may stand below any path.

import { enterKey } from "./key.js";

const JSON_TYPE = "application/json";
const MOST_FAULTS = 2; // one cause often shows in many places
const UNREACHED = "the service cannot be reached; try again in a moment";
let awaited = 0;
let key = sessionStorage.getItem("key");

/** What the service refused, in its own words. */
export class Refused extends Error {
  constructor(status, problem) {
    const faults = (problem.errors ?? []).map((each) => `${each.pointer.slice(1)}: ${each.message}`);
    super(faults.length ? faults.slice(0, MOST_FAULTS).join("; ") : (problem.detail ?? problem.title ?? `the service answered ${status}`));
    this.status = status;
  }
}

/** Returns the answer to a request `{path, body, accept}`: GET without a body, else POST. */
export async function ask({ path, body, accept = JSON_TYPE }, signal) {
  for (;;) {
    const headers = { accept };
    if (key) headers["x-api-key"] = key;
    if (body) headers["content-type"] = JSON_TYPE;
    const answer = await reached(path, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body), signal });
    if (answer.ok) return answer;
    const problem = await answer.json().catch(() => ({}));
    if (answer.status !== 401) throw new Refused(answer.status, problem);
    key = await enterKey(problem.detail);
    sessionStorage.setItem("key", key);
  }
}

/** Fetches; while anything is waited for, the page has the class `waiting`. */
async function reached(path, options) {
  document.body.classList.toggle("waiting", ++awaited > 0);
  try {
    return await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error(UNREACHED); // browsers say "Failed to fetch", and each its own
  } finally {
    document.body.classList.toggle("waiting", --awaited > 0);
  }
}

export async function askJson(request, signal) {
  return (await ask(request, signal)).json();
}

export async function askPicture(request, signal) {
  return (await ask({ accept: "image/png", ...request }, signal)).blob();
}

export const hasKey = () => Boolean(key);
