// Knows how a request is written in other languages. Does not know what it asks for.

import { hasKey } from "./api.js";
import { address } from "./state.js";

const LANGUAGES = { link, curl, python, javascript };
const COPIED_MS = 2000;

/** Returns what takes the request `{path, body, accept, file}` behind the view, and writes it as it may be copied. */
export function copying() {
  const form = document.querySelector("#copy form");
  const text = document.getElementById("text");
  const copied = document.getElementById("copied");
  let offered;

  const write = () => (text.textContent = LANGUAGES[form.elements.language.value](offered));
  form.addEventListener("input", write);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    copied.textContent = (await toClipboard(text)) ? "Copied" : "Selected, to be copied by hand";
    setTimeout(() => (copied.textContent = ""), COPIED_MS);
  });
  return (request) => {
    offered = request;
    write();
    document.getElementById("copy").hidden = false; // what stood there before its view would be pushed away by it
  };
}

/** Copies a text, or selects it where that is not allowed; says whether it was copied. */
async function toClipboard(element) {
  try {
    await navigator.clipboard.writeText(element.textContent);
    return true;
  } catch {
    getSelection().selectAllChildren(element); // without https or permission, browsers have the old way only
    return document.execCommand("copy");
  }
}

function link() {
  return new URL(address(), location).href;
}

function curl({ path, body, accept, file }) {
  const lines = [`curl -s ${quoted(absolute(path))}`];
  if (body) lines.push(`  --json ${quoted(JSON.stringify(body))}`);
  if (accept) lines.push(`  -H 'accept: ${accept}'`);
  if (hasKey()) lines.push(`  -H "x-api-key: $DIGITGAN_KEY"`);
  return [...lines, `  -o ${file}`].join(" \\\n");
}

function python({ path, body, accept, file }) {
  const headers = Object.entries(headersOf({ accept }, 'os.environ["DIGITGAN_KEY"]'));
  const dict = headers.map(([name, value]) => `"${name}": ${value}`).join(", ");
  const call = [
    `"${absolute(path)}"`,
    ...(body ? [`json=${pythonic(body)}`] : []),
    ...(dict ? [`headers={${dict}}`] : []),
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

function javascript({ path, body, accept, file }) {
  const given = { accept, ...(body && { "content-type": "application/json" }) };
  const headers = Object.entries(headersOf(given, "process.env.DIGITGAN_KEY"));
  const options = [
    ...(body ? ['method: "POST"', `body: JSON.stringify(${JSON.stringify(body)})`] : []),
    ...(headers.length ? [`headers: { ${headers.map(([name, value]) => `"${name}": ${value}`).join(", ")} }`] : []),
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

function headersOf(given, key) {
  const headers = Object.entries(given).filter(([, value]) => value);
  return { ...Object.fromEntries(headers.map(([name, value]) => [name, `"${value}"`])), ...(hasKey() && { "x-api-key": key }) };
}

const absolute = (path) => new URL(path, document.baseURI).href;
const quoted = (text) => `'${text}'`; // no address or body of ours holds a quote
const pythonic = (body) => JSON.stringify(body).replace(/:true/g, ":True").replace(/:false/g, ":False");
