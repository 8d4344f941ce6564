// The request behind a view as text to copy, in several languages.

import { hasKey } from "./api.js";
import { copy } from "./clipboard.js";
import { find } from "./elements.js";
import { at } from "./root.js";

/** @import { Offer } from "./page.js" */

const PAUSE_MS = 200; // a long text for every move of a pointer would hold up the picture
/** @type {Record<string, (offer: Offer) => string>} */
const LANGUAGES = { curl, python, javascript };

/**
 * Returns a function that writes the request behind a view in the chosen language.
 *
 * @returns {(offer?: Offer) => void} without an offer, there is nothing to copy
 */
export function snippets() {
  const section = find("#code", HTMLElement);
  const form = find("form", HTMLFormElement, section);
  const text = find("#text", HTMLElement);
  const copied = find("[role=status]", HTMLElement, form);
  /** @type {Offer} */
  let offered;

  let written = -Infinity; // when
  /** @type {number | undefined} */
  let writing; // timer
  const write = () => {
    clearTimeout(writing);
    written = performance.now();
    text.textContent = LANGUAGES[find("[name=language]:checked", HTMLInputElement, form).value](offered);
  };
  const writeSoon = () => {
    clearTimeout(writing);
    const wait = written + PAUSE_MS - performance.now();
    if (wait > 0) writing = setTimeout(write, wait);
    else write();
  };
  form.addEventListener("input", write);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    write(); // what is shown may be a moment old
    copy(text.textContent, copied, text);
  });
  return (offer) => {
    section.hidden = !offer;
    if (!offer) return;
    offered = offer;
    writeSoon();
  };
}

/** @param {Offer} offer */
function curl({ path, body, accept, file }) {
  const lines = [`curl -s ${quoted(at(path))}`];
  if (body) lines.push(`  --json ${quoted(JSON.stringify(body))}`);
  if (accept) lines.push(`  -H 'accept: ${accept}'`);
  if (hasKey()) lines.push(`  -H "x-api-key: $DIGITGAN_KEY"`);
  return [...lines, `  -o ${file}`].join(" \\\n");
}

/** @param {Offer} offer */
function python({ path, body, accept, file }) {
  const headers = headersOf({ accept }, 'os.environ["DIGITGAN_KEY"]');
  const call = [
    `"${at(path)}"`,
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
  const url = `"${at(path)}"`;
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

const quoted = (/** @type {string} */ text) => `'${text}'`; // no address or body of the page holds a quote
const pythonic = (/** @type {object} */ body) =>
  JSON.stringify(body)
    .replace(/:true/g, ":True")
    .replace(/:false/g, ":False");
