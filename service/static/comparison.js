// The view Compare: two models side by side, with samples of the same seeds, their training, and their cards' figures.

import { askJson, askPicture } from "./api.js";
import { curves } from "./curves.js";
import { find, make } from "./elements.js";
import { drawsDigits, versionOf } from "./models.js";
import { latestOnly, put } from "./pictures.js";
import { following } from "./seeds.js";

/** @import { Call } from "./api.js" */
/** @import { Context, Offer } from "./main.js" */
/** @import { HistoryPoint } from "./curves.js" */
/** @import { State } from "./state.js" */

/**
 * What the page shows of a model's card.
 *
 * @typedef {object} Card
 * @property {string} description
 * @property {HistoryPoint[] | null} history
 * @property {Record<string, { value: number, definition: string }>} metrics
 * @property {number | null} n_parameters
 * @property {number | null} multiply_adds
 * @property {{ size_bytes: number }} file
 * @property {string} precision
 * @property {{ images: number } | null} training
 */

/** @typedef {string | number | null | undefined} Figure */
/** @typedef {{ request: Call, description: string }} Sheet */

const ROWS = 4;
const COLUMNS = 10;
const SCALE = 2;
const SIDES = /** @type {const} */ (["left", "right"]);
/** @type {[string, string, (card: Card) => Figure][]} */
const FIGURES = [
  ["parameters", "weights of the generator", (card) => card.n_parameters],
  ["multiply adds", "for one image", (card) => card.multiply_adds],
  ["size", "of the file, in bytes", (card) => card.file.size_bytes],
  ["precision of the weights", "", (card) => card.precision],
  ["trained on", "images seen, counting repetitions", (card) => card.training?.images],
];

/**
 * Returns a function that shows a state and returns a request for the left model's card.
 *
 * @param {Context} context
 * @returns {(now: State) => Offer}
 */
export function comparison({ models, limits, say }) {
  const body = find("#figures", HTMLElement);
  const table = find("#compare table", HTMLElement);
  const heads = document.querySelectorAll("#compare thead th");
  const nSamples = Math.min(ROWS * COLUMNS, limits.images);

  const showSamples = SIDES.map((side) =>
    latestOnly(async (/** @type {Sheet} */ { request, description }, signal) => {
      put(find(`#${side} img`, HTMLImageElement), await askPicture(request, signal), description);
      say();
    }, say),
  );
  const showCards = latestOnly(async (/** @type {string[]} */ names, signal) => {
    const answers = await Promise.all(names.map((name) => askJson({ path: cardPath(name) }, signal)));
    /** @type {Card[]} */
    const cards = answers.map(({ card }) => card);
    cards.forEach((card, i) => {
      find(`#${SIDES[i]} p`, HTMLElement).textContent = card.description;
      find(`#${SIDES[i]}-curves`, HTMLElement).replaceChildren(...curves(card.history ?? [], names[i]));
    });
    table.hidden = false;
    body.replaceChildren(...rows(cards));
  }, say);

  const contents = (/** @type {string} */ name) => (drawsDigits(models.get(name)) ? "digits" : "images");

  /**
   * @param {string} name
   * @param {number} first
   */
  function sheet(name, first) {
    const seeds = Array.from({ length: nSamples }, (_, i) => following(first, i));
    const { n_classes: nClasses } = models.get(name);
    const labels = nClasses ? seeds.map((_, i) => i % nClasses) : undefined;
    return { path: "generate", body: { seeds, labels, ...versionOf(name), columns: COLUMNS, scale: SCALE } };
  }

  return (now) => {
    SIDES.forEach((side, i) => {
      const name = now[side];
      find(`#${side} h3`, HTMLElement).textContent = heads[i + 1].textContent = name;
      showSamples[i]({ request: sheet(name, now.samples), description: `${nSamples} ${contents(name)} by ${name}` });
    });
    showCards(SIDES.map((side) => now[side]));
    return { path: cardPath(now.left), file: "card.json" };
  };
}

const cardPath = (/** @type {string} */ name) => `models/${name.replace(" ", "/")}`;

/** @param {Card[]} cards */
function rows(cards) {
  const metrics = [...new Set(cards.flatMap((card) => Object.keys(card.metrics)))].map((metric) =>
    row(
      metric.replaceAll("_", " ").replace("frechet", "Frechet"),
      cards.map((card) => card.metrics[metric]?.definition).find(Boolean) ?? "",
      cards.map((card) => card.metrics[metric]?.value),
    ),
  );
  return [...metrics, ...FIGURES.map(([name, definition, valueOf]) => row(name, definition, cards.map(valueOf)))];
}

/**
 * @param {string} name
 * @param {string} definition
 * @param {Figure[]} values
 */
function row(name, definition, values) {
  const head = make("th", { scope: "row" }, [name, make("small", { textContent: definition })]);
  return make("tr", {}, [head, ...values.map((value) => make("td", { textContent: shown(value) }))]);
}

/** @param {Figure} value */
function shown(value) {
  if (typeof value !== "number") return value ?? "–";
  return value.toLocaleString("en", Number.isInteger(value) ? {} : { maximumSignificantDigits: 3 });
}
