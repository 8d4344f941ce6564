// How the training of a model went: curves from the history in its card.

import { make } from "./elements.js";

/** @typedef {{ iteration: number } & Record<string, number | null>} HistoryPoint */
/** @typedef {[iteration: number, value: number]} Point */

/**
 * @typedef {object} Chart
 * @property {string} title
 * @property {Record<string, string>} lines keys of the history, by the lines' names
 * @property {number} [least] value that the vertical axis starts from, if no point is lower
 * @property {[number, number]} [range] of the vertical axis
 * @property {{ value: number, name: string }} [level] a horizontal line to compare with
 * @property {string} [unit]
 * @property {(value: number) => number} [scale]
 */

const SVG = "http://www.w3.org/2000/svg";
const SHOWN = 0.98; // of all values: the first losses tower over all others, and are cut off at the top
const ROOM = 1.05; // so that the highest point does not run along the edge
const TWO_DIGITS = { minimumSignificantDigits: 2, maximumSignificantDigits: 2 };
/** @type {Chart[]} */
const CHARTS = [
  { title: "Losses", lines: { generator: "generator_loss", discriminator: "discriminator_loss" }, least: 0 },
  {
    title: "Images told apart by the discriminator",
    lines: { share: "discriminator_accuracy" },
    range: [0, 1],
    level: { value: 0.5, name: "by guessing" },
    unit: "%",
  },
  { title: "Distance from real images, log scale", lines: { distance: "judge_distance" }, scale: Math.log },
];

/**
 * Returns a heading and a figure for each chart that the history has points for; without any, a note.
 *
 * @param {HistoryPoint[]} history
 * @param {string} name
 */
export function curves(history, name) {
  const figures = CHARTS.flatMap((chart) => figure(chart, history));
  if (!figures.length) return [make("p", { className: "note", textContent: `${name} has no training curve.` })];
  return [make("h3", { textContent: `How ${name} was trained` }), ...figures];
}

/**
 * Returns the figure of a chart, or nothing if the history has no points for it.
 *
 * @param {Chart} chart
 * @param {HistoryPoint[]} history
 */
function figure({ title, lines, range, least = Infinity, level, unit = "", scale = (value) => value }, history) {
  const drawn = Object.entries(lines)
    .map(([name, key]) => ({ name, points: pointsOf(history, key) }))
    .filter(({ points }) => points.length);
  if (!drawn.length) return [];
  const values = drawn.flatMap(({ points }) => points.map(([, value]) => value)).sort((a, b) => a - b);
  const [low, high] = range ?? [Math.min(least, values[0]), ROOM * values[Math.ceil(SHOWN * values.length) - 1]];
  const last = history[history.length - 1].iteration;
  const iterations = `${last.toLocaleString("en")} iterations`;
  const place = (/** @type {Point} */ [iteration, value]) => {
    const up = Math.min(1, (scale(value) - scale(low)) / (scale(high) - scale(low) || 1));
    return `${((100 * iteration) / last).toFixed(2)} ${(100 * (1 - up)).toFixed(2)}`;
  };
  const written = (/** @type {number} */ value) =>
    unit === "%" ? `${Math.round(100 * value)} %` : value.toLocaleString("en", value ? TWO_DIGITS : {});
  const courses = drawn.map(({ name, points }) => {
    const [from, to] = [points[0], points[points.length - 1]].map(([, value]) => written(value));
    return `${name} ${from} at first, ${to} at the end`;
  });

  const label = `${title} over ${iterations}: ${courses.join("; ")}`;
  const picture = makeSvg("svg", {
    viewBox: "0 0 100 100",
    preserveAspectRatio: "none",
    role: "img",
    "aria-label": label,
  });
  if (level) {
    const [start, end] = [0, last].map((iteration) => place([iteration, level.value]));
    picture.append(makeSvg("path", { class: "level", d: `M${start}L${end}` }));
  }
  drawn.forEach(({ points }, i) => {
    picture.append(makeSvg("path", { class: `line${i}`, d: `M${points.map(place).join("L")}` }));
  });

  const caption = make("figcaption", { textContent: title });
  const key = (/** @type {string} */ line, /** @type {string} */ textContent) =>
    caption.append(make("span", { className: `key ${line}`, textContent }));
  if (drawn.length > 1) drawn.forEach(({ name }, i) => key(`line${i}`, name));
  if (level) key("level", level.name);
  return [
    make("figure", { className: "curve" }, [
      caption,
      axis("up", written(high), written(low)),
      picture,
      axis("along", "0", iterations),
    ]),
  ];
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
 * Returns the labels of an axis; screen readers get them from the picture's own name.
 *
 * @param {string} className
 * @param {string[]} texts
 */
function axis(className, ...texts) {
  const labels = texts.map((textContent) => make("span", { textContent }));
  return make("div", { className, ariaHidden: "true" }, labels);
}

/**
 * @param {"svg" | "path"} tag
 * @param {Record<string, string>} attributes
 */
function makeSvg(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
