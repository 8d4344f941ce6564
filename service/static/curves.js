// Knows how the training of a model is drawn, from the history in its card. Does not know where cards come from.

const SVG = "http://www.w3.org/2000/svg";
const SHOWN = 0.98; // of all values: the first losses tower over all that come after, and are cut off at the top
const CHARTS = [
  { title: "Losses", lines: { generator: "generator_loss", discriminator: "discriminator_loss" } },
  { title: "Told apart by the discriminator; dots: by guessing", lines: { share: "discriminator_accuracy" }, range: [0, 1], level: 0.5, unit: "%" },
  { title: "Distance from real digits, logarithmic", lines: { distance: "judge_distance" }, scale: Math.log },
];

/** Returns a figure for each kind of figure that a history holds; for one that was not kept, words. */
export function curves(history, name) {
  const figures = CHARTS.map((chart) => figure(chart, history ?? [])).filter(Boolean);
  return figures.length ? figures : [made("p", { className: "note", textContent: `No training curve of ${name} was kept.` })];
}

function figure({ title, lines, range, level, unit = "", scale = (value) => value }, history) {
  const drawn = Object.entries(lines)
    .map(([name, key]) => [name, history.filter((point) => point[key] != null).map((point) => [point.iteration, point[key]])])
    .filter(([, points]) => points.length);
  if (!drawn.length) return undefined;
  const values = drawn.flatMap(([, points]) => points.map(([, value]) => value)).sort((a, b) => a - b);
  const [low, high] = range ?? [values[0], values[Math.ceil(SHOWN * values.length) - 1]];
  const last = history.at(-1).iteration;
  const place = ([iteration, value]) => {
    const up = Math.min(1, (scale(value) - scale(low)) / (scale(high) - scale(low) || 1));
    return `${((100 * iteration) / last).toFixed(2)} ${(100 * (1 - up)).toFixed(2)}`;
  };
  const say = (value) => (unit === "%" ? `${Math.round(100 * value)} %` : value.toPrecision(2));
  const course = drawn.map(([name, points]) => `${name} ${say(points[0][1])} at first, ${say(points.at(-1)[1])} at the end`);

  const picture = drawnIn("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none", role: "img" });
  picture.setAttribute("aria-label", `${title} over ${last.toLocaleString("en")} iterations: ${course.join("; ")}`);
  if (level !== undefined) picture.append(drawnIn("path", { class: "level", d: `M${place([0, level])}L${place([last, level])}` }));
  picture.append(...drawn.map(([, points], i) => drawnIn("path", { class: `line${i}`, d: `M${points.map(place).join("L")}` })));

  const caption = made("figcaption", { textContent: title });
  if (drawn.length > 1) caption.append(...drawn.map(([name], i) => made("span", { className: `key line${i}`, textContent: name })));
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
