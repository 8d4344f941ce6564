// What this browser keeps of the service: all of the page, the usual model and its runtime, if a person wants that.

import { askJson, hasKey } from "./api.js";
import { downloader } from "./download.js";
import { find } from "./elements.js";
import { sizeInWords, text } from "./messages.js";
import { canRun, fileOf, versionOf } from "./models.js";
import { at, FILES, ROOT } from "./root.js";

/** @import { Models } from "./models.js" */

const OWN = `digitgan ${ROOT.href} `; // caches, also in service-worker.js
const [PAGE, ANSWERS] = [`${OWN}page ${FILES.split("/")[1]}`, `${OWN}answers`];

const download = downloader(text("shell.keeping"));
const PLAIN = "?drawn="; // makes a document without its picture, as in service-worker.js

/**
 * Registers the service worker, and offers to keep what the page needs without a network, where that can be done.
 *
 * @param {Models} models
 */
export async function offline(models) {
  const place = find("#offline", HTMLElement);
  const [button, said] = [find("button", HTMLButtonElement, place), find("span", HTMLElement, place)];
  const size = sizeInWords(Number(place.dataset.bytes));
  const canKeep = "serviceWorker" in navigator && canRun() && !hasKey() && models.get(models.usual).file_url !== null;
  if (!canKeep) return;
  await navigator.serviceWorker.register(at("service-worker.js"));
  const modelFile = fileOf(versionOf(models.usual));
  let isKept = await has(modelFile);
  place.hidden = false;
  name();
  button.onclick = async () => {
    button.disabled = true;
    try {
      if (isKept) await forget();
      else await keep(modelFile);
      isKept = !isKept;
      said.textContent = isKept ? text("shell.kept") : "";
    } catch (error) {
      await forget();
      said.textContent = error instanceof Error ? error.message : "";
    } finally {
      button.disabled = false;
      name();
    }
  };

  function name() {
    button.textContent = isKept ? text("shell.forget") : text("shell.keep", { size });
  }
}

/** @param {string} modelFile */
async function has(modelFile) {
  const found = await Promise.all([`${FILES}files.json`, modelFile].map((path) => caches.match(at(path))));
  return found.every(Boolean);
}

/**
 * Keeps all that is needed.
 *
 * @param {string} modelFile
 */
async function keep(modelFile) {
  await navigator.serviceWorker.ready;
  const [page, answers] = await Promise.all([caches.open(PAGE), caches.open(ANSWERS)]);
  /** @type {{ files: Record<string, number>, views: string[] }} */
  const { files, views } = await askJson({ path: `${FILES}files.json` });
  await download([
    { path: modelFile, cache: answers },
    ...["models", "openapi.json"].map((path) => ({ path, cache: answers })),
    ...views.map((view) => ({ path: view + PLAIN, cache: page })),
    ...Object.entries(files).map(([name, bytes]) => ({ path: FILES + name, bytes, cache: page })),
  ]);
  await page.add(at(`${FILES}files.json`)); // at last: it says that all others are there
}

async function forget() {
  const names = (await caches.keys()).filter((name) => name.startsWith(OWN));
  await Promise.all(names.map((name) => caches.delete(name)));
}
