// The view Data: what is in a labelled data set, its files and their sizes, programs that load it, and a download.

import { ask, askJson, hasKey, isAbort } from "../../shell/api.js";
import { downloads } from "./downloads.js";
import { find, make } from "../../shell/elements.js";
import { choice, model, number, whole } from "../../shell/fields.js";
import { LOADERS, loadersOf } from "./loaders.js";
import { count, sizeInWords, text } from "../../shell/messages.js";
import { classesOf, isInColour, versionOf } from "../../shell/models.js";
import { open, served } from "../../shell/page.js";
import { latestOnly } from "../../shell/pictures.js";
import { at } from "../../shell/root.js";
import { copy } from "../../shell/clipboard.js";
import { holdActions, remark, state } from "../../shell/state.js";

/** @import { Model } from "../../shell/models.js" */
/** @import { Context, Offer } from "../../shell/page.js" */
/** @import { State } from "../../shell/state.js" */

/** @typedef {{ name: string, bytes: number }} File */
/** @typedef {{ labels: string[], pixels: Uint8Array, files: File[] }} Shown */

const FORMATS = /** @type {const} */ (["parquet", "numpy", "idx", "folders"]);
/** @type {Record<string, string[]>} */
const FILES = {
  parquet: ["data.parquet"],
  numpy: ["images.npy", "labels.npy"],
  idx: ["train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"],
};
const PREVIEWED = 20;
const HEADER = 128; // bytes of an NPY file before its values
const MOST_BYTES = 2e9; // that a browser is asked to hold

const guide = askJson({ path: "datasets" });
guide.catch(() => {}); // whoever waits for it says why there is none

/**
 * @param {import("../../shell/limits.js").Limits} limits
 * @param {import("../../shell/models.js").Models} models
 */
const fields = async (limits, models) => ({
  count: whole({ least: 1, most: (await guide).max_count }, 1000),
  seed: whole(limits.seed, 0),
  model: model(usualOf(models)),
  labels: choice(["balanced", "mnist"], "balanced"),
  truncation: number(limits.truncation, 1),
  format: choice([...FORMATS], "parquet"),
  loader: choice(LOADERS, LOADERS[0]),
});

/** @typedef {State<Awaited<ReturnType<typeof fields>>>} Now */

/**
 * Returns the usual model if its images have labels, or else the first one whose images do; nothing if there is none.
 *
 * @param {import("../../shell/models.js").Models} models
 */
function usualOf(models) {
  return [models.usual, ...models.names].find((name) => models.get(name).n_classes) ?? "";
}

/**
 * Returns a function that shows a state and returns the request for the first file of the data set.
 *
 * @param {Context} context
 * @returns {(now: Now) => Offer | undefined}
 */
function view({ models, limits, say }) {
  const usual = usualOf(models);
  const scene = find(".scene", HTMLElement);
  const download = downloads(say);
  /** @type {File[]} */
  let files = [];
  let shownSet = ""; // whose files they are, as text

  const show = latestOnly(async (/** @type {Now} */ now, signal) => {
    try {
      const shown = await fetched(now, models.get(now.model), signal);
      [files, shownSet] = [shown.files, JSON.stringify(now)];
      showPreview(shown, models.get(now.model), now.count);
    } catch (error) {
      if (isAbort(error)) throw error;
      files = [];
      find("#preview", HTMLElement).replaceChildren();
      find("#shown", HTMLElement).textContent = "";
      throw error;
    } finally {
      const { format, loader, ...set } = /** @type {Now} */ (state);
      if (!signal.aborted && (!files.length || shownSet === JSON.stringify(set))) showFiles();
    }
  }, say);

  function showFiles() {
    const now = /** @type {Now} */ (state);
    const chosen = filesOf(now, files);
    const total = chosen.reduce((sum, { bytes }) => sum + bytes, 0);
    const isArchive = now.format === "folders";
    const reason = !files.length
      ? ""
      : isArchive && now.count > limits.count.most
        ? text("data.too_many", { most: count(limits.count.most) })
        : !isArchive && !chosen.length
          ? text("data.not_in_colour")
          : total > MOST_BYTES
            ? text("data.too_large", { size: sizeInWords(total) })
            : "";
    const size = isArchive
      ? text("data.size_unknown")
      : text("data.size", { bytes: count(total), size: sizeInWords(total) });
    find("#size", HTMLElement).textContent = files.length ? reason || size : "";
    find("#files tbody", HTMLElement).replaceChildren(...chosen.map(fileRow));
    holdActions();
    find("#files", HTMLElement).hidden = !chosen.length;
    download.offer(
      reason || !files.length
        ? undefined
        : () => ({
            calls: callsOf(
              now,
              chosen.map(({ name }) => name),
            ),
            total,
          }),
    );
  }

  const copied = find("#copied-here", HTMLElement);

  /** @param {File} file */
  function fileRow({ name, bytes }) {
    const button = make("button", {
      type: "button",
      textContent: text("shell.copy"),
      ariaLabel: text("data.copy_of", { name }),
    });
    button.dataset.acts = "";
    button.onclick = () =>
      copy(
        at(`${pathOf(/** @type {Now} */ (state))}/${name}`),
        find("#copied-file", HTMLElement),
        find("#address", HTMLElement),
      );
    const cells = [make("td", { textContent: count(bytes) }), make("td", {}, [button])];
    return make("tr", {}, [make("th", { scope: "row" }, [make("code", { textContent: name })]), ...cells]);
  }

  find("#loaders", HTMLElement).append(
    ...loadersOf({ address: "", isColour: false, needsKey: false }).map(({ id, name }) =>
      make("label", {}, [make("input", { type: "radio", name: "loader", value: id }), name]),
    ),
  );
  for (const name of ["program", "address"]) {
    const shown = find(`#${name}`, HTMLElement);
    find(`#copy-${name}`, HTMLElement).onclick = () => copy(shown.textContent, copied, shown);
  }

  return (now) => {
    if (!usual) {
      scene.hidden = true;
      remark(text("data.no_labels"));
      return undefined;
    }
    const named = now.model;
    if (models.has(named) && !models.get(named).n_classes) {
      remark(text("data.no_classes", { name: named, usual }));
      now.model = usual;
    }
    const chosen = served(models, "model", usual);
    find("#shares", HTMLElement).hidden = chosen.n_classes !== 10 && now.labels === "balanced";
    showLoader(now, isInColour(chosen));
    const { format, loader, ...set } = now;
    show(/** @type {Now} */ (set));
    if (shownSet === JSON.stringify(set)) showFiles();
    else download.wait();
    const isPossible = !(now.format === "idx" && isInColour(chosen));
    return isPossible ? callsOf(now, FILES[now.format] ?? [])[0] : undefined;
  };
}

/**
 * Returns the first images of a data set with their labels, and all of its files.
 *
 * @param {Now} now
 * @param {Model} model
 * @param {AbortSignal} signal
 * @returns {Promise<Shown>}
 */
async function fetched(now, model, signal) {
  const n = Math.min(PREVIEWED, now.count);
  const pixels = model.image_height * model.image_width * model.image_channels;
  const part = async (/** @type {string} */ name, /** @type {number} */ size) => {
    const call = { path: `${pathOf(now)}/${name}`, accept: "*/*", range: `bytes=0-${HEADER + size - 1}` };
    return new Uint8Array(await (await ask(call, signal)).arrayBuffer()).subarray(HEADER, HEADER + size);
  };
  const [description, labels, images] = await Promise.all([
    askJson({ path: `${pathOf(now)}/croissant.json`, accept: "*/*" }, signal),
    part("labels.npy", n),
    part("images.npy", n * pixels),
  ]);
  const classes = classesOf(model);
  /** @type {{ name: string, contentSize?: string }[]} */
  const distribution = description.distribution;
  return {
    labels: [...labels].map((label) => classes[label]),
    pixels: images,
    files: distribution.flatMap(({ name, contentSize }) => (contentSize ? { name, bytes: parseInt(contentSize) } : [])),
  };
}

/**
 * @param {Shown} shown
 * @param {Model} model
 * @param {number} total
 */
function showPreview({ labels, pixels }, model, total) {
  const preview = find("#preview", HTMLElement);
  const { image_width: width, image_height: height, image_channels: channels } = model;
  const size = width * height * channels;
  const tiles = labels.map((label, i) => {
    const canvas = make("canvas", { width, height });
    const image = new ImageData(width, height);
    const own = pixels.subarray(i * size, (i + 1) * size);
    for (let pixel = 0; pixel < width * height; pixel++)
      for (let channel = 0; channel < 4; channel++)
        image.data[4 * pixel + channel] = channel === 3 ? 255 : own[pixel * channels + Math.min(channel, channels - 1)];
    canvas.getContext("2d")?.putImageData(image, 0, 0);
    return make("figure", {}, [canvas, make("figcaption", { textContent: label, title: label })]);
  });
  preview.classList.toggle("colour", isInColour(model));
  preview.replaceChildren(...tiles);
  preview.ariaLabel = text("data.preview_of", { n: labels.length, labels: labels.join(", ") });
  find("#shown", HTMLElement).textContent = text("data.shown", { n: labels.length, total: count(total) });
}

/**
 * @param {Now} now
 * @param {boolean} isColour
 */
function showLoader(now, isColour) {
  const needsKey = hasKey();
  const loaders = loadersOf({ address: at(pathOf(now)), isColour, needsKey });
  for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (document.querySelectorAll("[name=loader]")))
    find("#loaders", HTMLElement)
      .querySelector(`label:has([value=${input.value}])`)
      ?.toggleAttribute("hidden", !loaders.some(({ id }) => id === input.value));
  const chosen = loaders.find(({ id }) => id === now.loader);
  find("#needs", HTMLElement).textContent = chosen
    ? [text("data.needs", { command: chosen.needs }), needsKey ? text("data.with_key") : ""].join(" ")
    : text("data.other_loader");
  find("#program", HTMLElement).textContent = chosen?.program ?? "";
  find("#address", HTMLElement).textContent = chosen?.address ?? at(pathOf(now));
}

/**
 * Returns the canonical path of a data set: its items in their order, and those with the usual value left out.
 *
 * @param {Now} now
 */
function pathOf({ model, count, seed, labels, truncation }) {
  const { model: name, version } = versionOf(model);
  const items = [`model-${name}`, `version-${version}`, `count-${count}`, `seed-${seed}`];
  if (labels !== "balanced") items.push(`labels-${labels}`);
  if (truncation !== 1) items.push(`truncation-${truncation}`);
  return `datasets/${items.join(",")}`;
}

/**
 * Returns the files of the chosen format that the data set has.
 *
 * @param {Now} now
 * @param {File[]} files
 */
const filesOf = ({ format }, files) => files.filter(({ name }) => FILES[format]?.includes(name));

/**
 * Returns the requests for a data set in the chosen format.
 *
 * @param {Now} now
 * @param {string[]} names of its files
 * @returns {Offer[]}
 */
function callsOf(now, names) {
  if (now.format !== "folders")
    return names.map((name) => ({ path: `${pathOf(now)}/${name}`, accept: "*/*", file: name }));
  const { count, seed, labels, truncation } = now;
  const body = { count, seed, labels, ...versionOf(now.model), truncation };
  return [{ path: "dataset", body, accept: "application/zip", file: `${now.model.replace(" ", "-")}-${count}.zip` }];
}

open({ name: "data", fields, view });
