// Knows how the training of a model is drawn, from the history in its card. Does not know where cards come from.

const SVG = "http://www.w3.org/2000/svg";
const SHOWN = 0.98; // of all values: the first losses tower over all that come after, and are cut off at the top
const ROOM = 1.05; // so that what is highest does not run along the edge
const TWO_DIGITS = { minimumSignificantDigits: 2, maximumSignificantDigits: 2 };
const CHARTS = [
  { title: "Losses", lines: { generator: "generator_loss", discriminator: "discriminator_loss" }, least: 0 },
  {
    title: "Images told apart by the discriminator",
    lines: { share: "discriminator_accuracy" },
    range: [0, 1],
    level: { value: 0.5, name: "by guessing" },
    unit: "%",
  },
  { title: "Distance from real digits, log scale", lines: { distance: "judge_distance" }, scale: Math.log },
];

/** Returns a heading and a figure for each kind of figure that a history holds; for one that was not kept, words. */
export function curves(history, name) {
  const figures = CHARTS.map((chart) => figure(chart, history ?? [])).filter(Boolean);
  if (!figures.length) return [made("p", { className: "note", textContent: `No training curve of ${name} was kept.` })];
  return [made("h3", { textContent: `How ${name} was trained` }), ...figures];
}

function figure({ title, lines, range, least = Infinity, level, unit = "", scale = (value) => value }, history) {
  const drawn = Object.entries(lines)
    .map(([name, key]) => [name, history.filter((point) => point[key] != null).map((point) => [point.iteration, point[key]])])
    .filter(([, points]) => points.length);
  if (!drawn.length) return undefined;
  const values = drawn.flatMap(([, points]) => points.map(([, value]) => value)).sort((a, b) => a - b);
  const [low, high] = range ?? [Math.min(least, values[0]), ROOM * values[Math.ceil(SHOWN * values.length) - 1]];
  const last = history.at(-1).iteration;
  const place = ([iteration, value]) => {
    const up = Math.min(1, (scale(value) - scale(low)) / (scale(high) - scale(low) || 1));
    return `${((100 * iteration) / last).toFixed(2)} ${(100 * (1 - up)).toFixed(2)}`;
  };
  const say = (value) => (unit === "%" ? `${Math.round(100 * value)} %` : value.toLocaleString("en", value ? TWO_DIGITS : {}));
  const course = drawn.map(([name, points]) => `${name} ${say(points[0][1])} at first, ${say(points.at(-1)[1])} at the end`);

  const picture = drawnIn("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none", role: "img" });
  picture.setAttribute("aria-label", `${title} over ${last.toLocaleString("en")} iterations: ${course.join("; ")}`);
  if (level) picture.append(drawnIn("path", { class: "level", d: `M${place([0, level.value])}L${place([last, level.value])}` }));
  picture.append(...drawn.map(([, points], i) => drawnIn("path", { class: `line${i}`, d: `M${points.map(place).join("L")}` })));

  const caption = made("figcaption", { textContent: title });
  if (drawn.length > 1) caption.append(...drawn.map(([name], i) => made("span", { className: `key line${i}`, textContent: name })));
  if (level) caption.append(made("span", { className: "key level", textContent: level.name }));
  const axis = (className, ...texts) => {
    const labels = made("div", { className, ariaHidden: "true" }); // the picture's own name says it
    labels.append(...texts.map((textContent) => made("span", { textContent })));
    return labels;
  };
  const whole = made("figure", { className: "curve" });
  whole.append(caption, axis("up", say(high), say(low)), picture, axis("along", "0", `${last.toLocaleString("en")} iterations`));
  return whole;
}

const made = (tag, fields) => Object.assign(document.createElement(tag), fields);

function drawnIn(tag, attributes) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}
