// The request behind a view as text to copy: a link, and programs in other languages.

import { hasKey } from "./api.js";
import { find } from "./elements.js";
import { address } from "./state.js";

/** @import { Offer } from "./main.js" */

const COPIED_MS = 2000;
/** @type {Record<string, (offer: Offer) => string>} */
const LANGUAGES = { link, curl, python, javascript };

/**
 * Returns a function that writes the request behind a view in the chosen language.
 *
 * @returns {(offer?: Offer) => void} without an offer, there is nothing to copy
 */
export function snippets() {
  const section = find("#copy", HTMLElement);
  const form = find("form", HTMLFormElement, section);
  const text = find("#text", HTMLElement);
  const copied = find("#copied", HTMLElement);
  /** @type {Offer} */
  let offered;

  const write = () => {
    text.textContent = LANGUAGES[find("[name=language]:checked", HTMLInputElement, form).value](offered);
  };
  form.addEventListener("input", write);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    copied.textContent = (await copy(text)) ? "Copied" : "Selected; copy it by hand";
    setTimeout(() => (copied.textContent = ""), COPIED_MS);
  });
  return (offer) => {
    section.hidden = !offer; // shown only now, since the first view would push it away
    if (!offer) return;
    offered = offer;
    write();
  };
}

/**
 * Copies the text of an element, or selects it where copying is not allowed; returns whether it was copied.
 *
 * @param {HTMLElement} element
 */
async function copy(element) {
  try {
    await navigator.clipboard.writeText(element.textContent);
    return true;
  } catch {
    getSelection()?.selectAllChildren(element); // without https or permission, browsers have only the old way
    return document.execCommand("copy");
  }
}

function link() {
  return new URL(address(), location.href).href;
}

/** @param {Offer} offer */
function curl({ path, body, accept, file }) {
  const lines = [`curl -s ${quoted(absolute(path))}`];
  if (body) lines.push(`  --json ${quoted(JSON.stringify(body))}`);
  if (accept) lines.push(`  -H 'accept: ${accept}'`);
  if (hasKey()) lines.push(`  -H "x-api-key: $DIGITGAN_KEY"`);
  return [...lines, `  -o ${file}`].join(" \\\n");
}

/** @param {Offer} offer */
function python({ path, body, accept, file }) {
  const headers = headersOf({ accept }, 'os.environ["DIGITGAN_KEY"]');
  const call = [
    `"${absolute(path)}"`,
    ...(body ? [`json=${pythonic(body)}`] : []),
    ...(headers.length ? [`headers={${headers.join(", ")}}`] : []),
    "timeout=300",
  ];
  return [
    ...(hasKey() ? ["import os"] : []),
    "import httpx",
    "",
    `answer = httpx.${body ? "post" : "get"}(`,
    ...call.map((each) => `    ${each},`),
    ")",
    `open("${file}", "wb").write(answer.raise_for_status().content)`,
  ].join("\n");
}

/** @param {Offer} offer */
function javascript({ path, body, accept, file }) {
  const headers = headersOf({ accept, "content-type": body && "application/json" }, "process.env.DIGITGAN_KEY");
  const options = [
    ...(body ? ['method: "POST"', `body: JSON.stringify(${JSON.stringify(body)})`] : []),
    ...(headers.length ? [`headers: { ${headers.join(", ")} }`] : []),
  ];
  const url = `"${absolute(path)}"`;
  return [
    'import { writeFile } from "node:fs/promises";',
    "",
    ...(options.length
      ? [`const answer = await fetch(${url}, {`, ...options.map((each) => `  ${each},`), "});"]
      : [`const answer = await fetch(${url});`]),
    "if (!answer.ok) throw new Error(await answer.text());",
    `await writeFile("${file}", answer.body);`,
  ].join("\n");
}

/**
 * Returns headers as entries of a literal, which Python and JavaScript write alike; with the key, where there is one.
 *
 * @param {Record<string, string | undefined>} headers
 * @param {string} key the expression that gives it
 */
function headersOf(headers, key) {
  const given = Object.entries(headers).flatMap(([name, value]) => (value ? [`"${name}": "${value}"`] : []));
  return hasKey() ? [...given, `"x-api-key": ${key}`] : given;
}

const absolute = (/** @type {string} */ path) => new URL(path, document.baseURI).href;
const quoted = (/** @type {string} */ text) => `'${text}'`; // no address or body of the page holds a quote
const pythonic = (/** @type {object} */ body) =>
  JSON.stringify(body)
    .replace(/:true/g, ":True")
    .replace(/:false/g, ":False");
