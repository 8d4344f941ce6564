// The view Compare: two models side by side, with samples of the same seeds, their training, and their cards' figures.

import { askJson, askPicture } from "../../shell/api.js";
import { curves } from "./curves.js";
import { find, make } from "../../shell/elements.js";
import { model, whole } from "../../shell/fields.js";
import { count, text, written } from "../../shell/messages.js";
import { isInColour, versionOf } from "../../shell/models.js";
import { open, served } from "../../shell/page.js";
import { latestOnly, put } from "../../shell/pictures.js";
import { following } from "../../drawing/seeds.js";

/** @import { HistoryPoint } from "./curves.js" */
/** @import { Context, Offer } from "../../shell/page.js" */
/** @import { State } from "../../shell/state.js" */

/**
 * A figure of a model's card, and the same figure of real images.
 *
 * @typedef {{ value: number, definition: string, floor?: number | null }} Metric
 */

/**
 * What the page shows of a model's card.
 *
 * @typedef {object} Card
 * @property {string} description
 * @property {HistoryPoint[] | null} history
 * @property {Record<string, Metric>} metrics
 * @property {number | null} n_parameters
 * @property {number | null} multiply_adds
 * @property {{ size_bytes: number }} file
 * @property {string} precision
 * @property {{ images: number } | null} training
 */

/** @typedef {string | number | null | undefined} Figure */

/**
 * @param {import("../../shell/limits.js").Limits} limits
 * @param {import("../../shell/models.js").Models} models
 */
const fields = (limits, models) => ({
  one: model(models.usual),
  other: model(models.other),
  seed: whole(limits.seed, 0),
});

/** @typedef {State<ReturnType<typeof fields>>} Now */

const SAMPLES = 20; // two rows of all ten digits, or four rows of five
const SAMPLES_WHERE_LOW = 15; // three rows of five
const LOW = matchMedia("(height < 30rem)");
const COLUMNS = /** @type {const} */ ([10, 5]);
const LEAST_CELL = 56; // pixels of a sample on the page; with fewer columns, samples are never smaller than they are
const SIDES = /** @type {const} */ (["one", "other"]);
/** @type {[string, string, (card: Card) => Figure][]} */
const FIGURES = [
  [text("compare.parameters"), text("compare.parameters_note"), (card) => card.n_parameters],
  [text("compare.multiply_adds"), text("compare.multiply_adds_note"), (card) => card.multiply_adds],
  [text("compare.size"), text("compare.size_note"), (card) => card.file.size_bytes],
  [text("compare.precision"), "", (card) => card.precision],
  [text("compare.trained_on"), text("compare.trained_on_note"), (card) => card.training?.images],
];

/**
 * Returns a function that shows a state and returns the request for the first model's samples.
 *
 * @param {Context} context
 * @returns {(now: Now) => Offer}
 */
function view({ models, limits, say }) {
  const images = SIDES.map((side) => find(`#${side} img`, HTMLImageElement));
  const heads = document.querySelectorAll(".scene thead th");
  /** @type {Now | undefined} */
  let latest;

  const showSamples = images.map((image) =>
    latestOnly(async (/** @type {{ request: Offer, description: string }} */ { request, description }, signal) => {
      put(image, await askPicture(request, signal), description);
    }, say),
  );
  const showCards = latestOnly(async (/** @type {string[]} */ names, signal) => {
    const answers = await Promise.all(
      names.map((name) => askJson({ path: `models/${name.replace(" ", "/")}` }, signal)),
    );
    /** @type {Card[]} */
    const cards = answers.map(({ card }) => card);
    cards.forEach((card, i) => (find(`#${SIDES[i]} span`, HTMLElement).textContent = card.description));
    showTraining(names.map((name, i) => ({ name, history: cards[i].history ?? [] })));
    find("#figures", HTMLElement).replaceChildren(...rows(cards));
  }, say);

  /**
   * Returns the request for a model's samples on a sheet.
   *
   * @param {string} name
   * @param {number} first
   * @param {number} n
   * @param {number} columns
   * @returns {Offer}
   */
  function sheet(name, first, n, columns) {
    const seeds = Array.from({ length: n }, (_, i) => following(first, i));
    const { n_classes: nClasses } = models.get(name);
    const labels = nClasses ? seeds.map((_, i) => i % nClasses) : undefined;
    return {
      path: "generate",
      body: { seeds, labels, ...versionOf(name), columns, padding: 0 },
      accept: "image/png",
      file: `${name.replace(" ", "-")}-${first}.png`,
    };
  }

  /** @param {Now} now */
  function draw(now) {
    const room = find("#one .paper", HTMLElement);
    const { paddingLeft, paddingRight } = getComputedStyle(room);
    const width = room.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
    const n = Math.min(LOW.matches ? SAMPLES_WHERE_LOW : SAMPLES, limits.images);
    const columns = Math.min(n, columnsIn(width));
    const requests = SIDES.map((side, i) => {
      const name = now[side];
      const { image_width: pixels, image_height: height } = models.get(name);
      const cell = pixels * Math.max(Math.min(1, width / columns / pixels), Math.floor(width / columns / pixels));
      images[i].style.width = `${cell * columns}px`;
      images[i].style.aspectRatio = `${columns * pixels} / ${Math.ceil(n / columns) * height}`;
      images[i].classList.toggle("colour", isInColour(models.get(name)));
      const request = sheet(name, now.seed, n, columns);
      const last = count(following(now.seed, n - 1));
      const description = text("compare.samples", { name, first: count(now.seed), last });
      showSamples[i]({ request, description });
      return request;
    });
    return requests[0];
  }
  const again = () => latest && draw(latest);
  LOW.addEventListener("change", again);
  new ResizeObserver(again).observe(find("#one .paper", HTMLElement));

  return (now) => {
    served(models, "one");
    served(models, "other", models.other);
    SIDES.forEach((side, i) => {
      find(`#${side} strong`, HTMLElement).textContent = heads[i + 1].textContent = now[side];
    });
    showCards(SIDES.map((side) => now[side]));
    latest = now;
    return draw(now);
  };
}

/** @param {number} width */
const columnsIn = (width) =>
  COLUMNS.find((each) => width >= each * LEAST_CELL) ?? Math.max(1, Math.floor(width / LEAST_CELL));

/**
 * Shows the training of the models that have a history, and names those that have none.
 *
 * @param {import("./curves.js").Run[]} runs
 */
function showTraining(runs) {
  const { figures, last, showAt } = curves(runs);
  const slider = find("#iteration", HTMLInputElement);
  const without = [...new Set(runs.filter(({ history }) => !history.length).map(({ name }) => name))];
  find("#untrained", HTMLElement).textContent = without.map((name) => text("compare.untrained", { name })).join(" ");
  find("#training", HTMLElement).hidden = !figures.length;
  find(".curves", HTMLElement).replaceChildren(...figures);
  const show = () => {
    find("#iteration-shown", HTMLOutputElement).value = count(Number(slider.value));
    showAt(Number(slider.value));
  };
  slider.max = String(last);
  slider.value = slider.max;
  slider.oninput = show;
  show();
}

/** @param {Card[]} cards */
function rows(cards) {
  const metrics = [...new Set(cards.flatMap((card) => Object.keys(card.metrics)))].map((metric) => {
    const found = cards.map((card) => card.metrics[metric]);
    const either = found.find(Boolean);
    const name = metric.replaceAll("_", " ").replace("frechet", "Frechet");
    const notes = [make("small", { textContent: either?.definition ?? "", lang: "en" })];
    if (either?.floor != null) notes.push(note(text("compare.floor", { value: shown(either.floor) })));
    return row(
      make("span", { textContent: name, lang: "en" }), // the service's own words
      notes,
      found.map((each) => each?.value),
    );
  });
  return [...metrics, ...FIGURES.map(([name, about, valueOf]) => row(name, [note(about)], cards.map(valueOf)))];
}

const note = (/** @type {string} */ textContent) => make("small", { textContent });

/**
 * Returns a row of the table, with bars on one scale where both figures are numbers from 0 on.
 *
 * @param {Node | string} name
 * @param {Node[]} notes
 * @param {Figure[]} values
 */
function row(name, notes, values) {
  const numbers = values.filter((value) => typeof value === "number");
  const most = Math.max(...numbers);
  const hasBars = numbers.length === values.length && most > 0 && Math.min(...numbers) >= 0;
  const cells = values.map((value, i) => {
    const cell = make("td", {}, [make("span", { textContent: shown(value) })]);
    if (!hasBars) return cell;
    const bar = make("i", { className: `bar bar${i}`, ariaHidden: "true" });
    bar.style.width = `${(100 * Number(value)) / most}%`;
    cell.append(bar);
    return cell;
  });
  return make("tr", {}, [make("th", { scope: "row" }, [name, ...notes]), ...cells]);
}

/** @param {Figure} value */
function shown(value) {
  if (typeof value !== "number") return value ?? "–";
  return written(value, Number.isInteger(value) ? {} : { maximumSignificantDigits: 3 });
}

open({ name: "compare", fields, view });
