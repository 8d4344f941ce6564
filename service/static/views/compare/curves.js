// How two models were trained: a chart for each figure of their histories, with both models on the same axes.

import { make } from "../../shell/elements.js";
import { count, percent, text, written } from "../../shell/messages.js";

/** @typedef {{ iteration: number } & Record<string, number | null>} HistoryPoint */
/** @typedef {{ name: string, history: HistoryPoint[] }} Run the training of one model */
/** @typedef {[iteration: number, value: number]} Point */

/**
 * @typedef {object} Chart
 * @property {string} title
 * @property {string} key of the history
 * @property {[number, number]} [range] that the vertical axis has at least
 * @property {{ value: number, name: string }} [level] a horizontal line to compare with
 * @property {boolean} [isShare]
 * @property {boolean} [isLog] whether the vertical axis is logarithmic, where all values allow it
 */

/**
 * @typedef {object} Curves
 * @property {HTMLElement[]} figures
 * @property {number} last iteration of any model
 * @property {(iteration: number) => void} showAt shows the values at an iteration
 */

const SVG = "http://www.w3.org/2000/svg";
const STEPS = 4; // of an axis, about
const MOST_LOG_TICKS = 6;
/** @type {Chart[]} */
const CHARTS = [
  { title: text("compare.distance"), key: "judge_distance", isLog: true },
  {
    title: text("compare.told_apart"),
    key: "discriminator_accuracy",
    range: [0, 1],
    level: { value: 0.5, name: text("compare.guessing") },
    isShare: true,
  },
  { title: text("compare.generator_loss"), key: "generator_loss", range: [0, 0] },
  { title: text("compare.discriminator_loss"), key: "discriminator_loss", range: [0, 0] },
];

/**
 * Returns a figure for each chart that any of the models has points for.
 *
 * @param {Run[]} runs
 * @returns {Curves}
 */
export function curves(runs) {
  const last = Math.max(0, ...runs.flatMap(({ history }) => history.map(({ iteration }) => iteration)));
  const charts = CHARTS.flatMap((chart) => drawn(chart, runs, last));
  const showAt = (/** @type {number} */ iteration) => charts.forEach((each) => each.showAt(iteration));
  showAt(last);
  return { figures: charts.map(({ figure }) => figure), last, showAt };
}

/**
 * Returns a chart's figure and a function that shows the values at an iteration, or nothing without any point.
 *
 * @param {Chart} chart
 * @param {Run[]} runs
 * @param {number} last
 */
function drawn({ title, key, range = [Infinity, -Infinity], level, isShare, isLog }, runs, last) {
  const lines = runs.map(({ name, history }) => ({ name, points: pointsOf(history, key) }));
  const values = lines.flatMap(({ points }) => points.map(([, value]) => value));
  if (!values.length) return [];
  const [low, high] = [Math.min(...values, range[0]), Math.max(...values, range[1])];
  const isLogarithmic = Boolean(isLog) && low > 0;
  const ticks = isLogarithmic ? logarithmic(low, high) : linear(low, high);
  const scale = isLogarithmic ? Math.log : Number;
  const [bottom, top] = [ticks[0], ticks[ticks.length - 1]].map(scale);
  const across = (/** @type {number} */ iteration) => (100 * iteration) / (last || 1);
  const up = (/** @type {number} */ value) => (100 * (scale(value) - bottom)) / (top - bottom);
  /** @type {(iteration: number, value: number) => string} */
  const place = (iteration, value) => `${across(iteration).toFixed(2)} ${(100 - up(value)).toFixed(2)}`;
  const rule = (/** @type {string} */ name, /** @type {number} */ value) =>
    path(name, [place(0, value), place(last, value)]);
  const shown = (/** @type {number} */ value) =>
    isShare ? percent(value) : written(value, { maximumSignificantDigits: 3 });

  const courses = lines.map(({ name, points }) =>
    points.length
      ? text("compare.course", { name, from: shown(points[0][1]), to: shown(points[points.length - 1][1]) })
      : text("compare.no_course", { name }),
  );
  const axis = isLogarithmic ? text("compare.logarithmic") : "";
  const label = text("compare.chart", { title: [title, axis].filter(Boolean).join(", "), n: count(last) });
  const picture = svg("svg", {
    viewBox: "0 0 100 100",
    preserveAspectRatio: "none",
    role: "img",
    "aria-label": [label, ...courses].join(" "),
  });
  const cursor = path("cursor", []);
  picture.append(...ticks.map((tick) => rule("rule", tick)), cursor);
  if (level) picture.append(rule("level", level.value));
  lines.forEach(({ points }, i) => {
    if (points.length)
      picture.append(
        path(
          `line${i}`,
          points.map((point) => place(...point)),
        ),
      );
  });

  const outputs = lines.map(() => make("span", { className: "value" }));
  const keys = lines.map(({ name }, i) => make("li", {}, [sample(`line${i}`), name, outputs[i]]));
  if (level) keys.push(make("li", {}, [sample("level"), level.name]));
  const figure = make("figure", { className: "curve" }, [
    make("figcaption", {}, [title, ...(axis ? [make("small", { textContent: axis })] : [])]),
    make("div", { className: "plot" }, [
      labels(
        "up",
        ticks.map((tick) => [up(tick), shown(tick)]),
      ),
      picture,
      labels(
        "across",
        linear(0, last)
          .filter((each) => each <= last)
          .map((each) => [across(each), count(each)]),
      ),
    ]),
    make("ul", { className: "legend", ariaLabel: text("compare.legend") }, keys),
  ]);

  /** @param {number} iteration */
  function showAt(iteration) {
    cursor.setAttribute("d", `M${across(iteration).toFixed(2)} 0V100`);
    lines.forEach(({ points }, i) => {
      const found = points.filter(([each]) => each <= iteration).pop() ?? points[0];
      const end = points.at(-1)?.[0] ?? 0;
      const note = iteration > end ? ` (${text("compare.ended", { n: count(end) })})` : "";
      outputs[i].textContent = found ? shown(found[1]) + note : text("compare.not_recorded");
    });
  }
  return [{ figure, showAt }];
}

/**
 * @param {HistoryPoint[]} history
 * @param {string} key
 * @returns {Point[]}
 */
function pointsOf(history, key) {
  return history.flatMap((point) => (point[key] == null ? [] : [/** @type {Point} */ ([point.iteration, point[key]])]));
}

/**
 * Returns round numbers at equal distances, from one that is at most `low` to one that is at least `high`.
 *
 * @param {number} low
 * @param {number} high
 */
function linear(low, high) {
  const rough = (high - low || Math.abs(high) || 1) / STEPS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((each) => each * power >= rough * 0.999) ?? 10);
  const first = Math.floor(low / step + 1e-9);
  const n = Math.max(1, Math.ceil(high / step - 1e-9) - first);
  return Array.from({ length: n + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/**
 * Returns round numbers at about equal ratios, from one that is at most `low` to one that is at least `high`.
 *
 * @param {number} low above 0
 * @param {number} high
 */
function logarithmic(low, high) {
  for (const mantissas of [[1, 2, 5], [1]]) {
    const first = Math.floor(Math.log10(low));
    const n = Math.ceil(Math.log10(high)) - first + 1;
    const all = Array.from({ length: n }, (_, i) => mantissas.map((each) => Number(`${each}e${first + i}`))).flat();
    const start = all.findLastIndex((each) => each <= low);
    const stop = Math.max(
      start + 1,
      all.findIndex((each) => each >= high),
    );
    const found = all.slice(start, stop + 1);
    if (found.length <= MOST_LOG_TICKS || mantissas.length === 1) return found;
  }
  return [low, high];
}

/**
 * Returns the labels of an axis; screen readers get them from the picture's own name.
 *
 * @param {"up" | "across"} className
 * @param {[number, string][]} places in percent, and texts
 */
function labels(className, places) {
  const side = className === "up" ? "bottom" : "left";
  const all = places.map(([place, textContent]) => {
    const label = make("span", { textContent });
    label.style[side] = `${place}%`;
    return label;
  });
  return make("div", { className, ariaHidden: "true" }, all);
}

/**
 * Returns a piece of a line, for the legend.
 *
 * @param {string} className
 */
function sample(className) {
  const picture = svg("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" });
  picture.append(path(className, ["0 50", "100 50"]));
  return picture;
}

/**
 * @param {string} className
 * @param {string[]} places
 */
const path = (className, places) => svg("path", { class: className, d: places.length ? `M${places.join("L")}` : "" });

/**
 * @param {"svg" | "path"} tag
 * @param {Record<string, string>} attributes
 */
function svg(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
