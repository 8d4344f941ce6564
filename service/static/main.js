// Knows how the page starts, and which view is shown. The only module that joins the others.

import { askJson } from "./api.js";
import { compare } from "./compare.js";
import { copying } from "./copy.js";
import { dataset } from "./dataset.js";
import { draw } from "./draw.js";
import { explore } from "./explore.js";
import { makers } from "./maker.js";
import { bind, change, readAddress, watch } from "./state.js";

const ROLLED_BELOW = 1_000_000; // short enough to say aloud
const trouble = document.getElementById("trouble"); // of the last request
const notice = document.getElementById("notice"); // of the address or a field; stays until something else is chosen

/** Says what went wrong; what goes well takes it back. */
function say(error) {
  trouble.textContent = error ? error.message : "";
}

const served = await askJson({ path: "models" }).catch((error) => (say(error), { models: [] }));
const models = new Map(
  served.models.flatMap((each) => each.versions.map((version) => [`${each.model} ${version}`, { ...each, version }])),
);
const names = [...models.keys()];
const usual = names.findLast((name) => name.startsWith(`${served.default_model} `)) ?? "";
const other = names.findLast((name) => name.startsWith("mlp ")) ?? names.find((name) => name !== usual) ?? usual;

for (const select of document.querySelectorAll("[data-models]")) {
  const offered = names.filter((name) => select.dataset.models !== "labelled" || models.get(name).n_classes);
  select.append(...offered.map((name) => new Option(name, name)));
}

makers(models);
const views = { draw: draw(models, say), explore: explore(models, say), compare: compare(models, say), dataset: dataset(say) };
const offer = copying();

function show(now) {
  notice.textContent = "";
  for (const [name, usually] of [["model", usual], ["left", usual], ["right", other]]) {
    if (!models.has(now[name])) {
      if (now[name]) notice.textContent = `${now[name]} is not served here; this is ${usually}.`;
      now[name] = usually;
    }
  }
  for (const name of Object.keys(views)) document.getElementById(name).hidden = name !== now.view;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#${now.view}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  offer(views[now.view](now));
}

function roll({ target }) {
  const name = target.closest("[data-roll]")?.dataset.roll;
  if (name) change({ [name]: Math.floor(Math.random() * ROLLED_BELOW) });
}

/** Returns what is wrong with what a control holds, or nothing. */
function wrong(control) {
  if (control.validity.valid) return "";
  return `${control.labels[0].firstChild.textContent.trim()}: ${control.title || control.validationMessage}`;
}

if (names.length) {
  readAddress();
  watch(show);
  document.querySelectorAll("main form").forEach(bind);
  document.addEventListener("click", roll);
  document.getElementById("main").addEventListener("input", ({ target }) => (notice.textContent = wrong(target)));
  addEventListener("hashchange", readAddress);
}
