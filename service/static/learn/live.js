// The piece that plays: a generator and a discriminator of points in the plane, trained by a worker while one watches.

import { make } from "../elements.js";
import { CENTRES, COLLAPSE, GRID, HALF, N_MODES, realPoints, USUAL } from "./game.js";
import { LOSSES } from "./losses.js";
import { button, choice, figures, onVisibility, piece, prefersStillness, Slider } from "./parts.js";
import { legend, Plot, ticksTo } from "./plot.js";
import { normal, uniform } from "./random.js";

/** @import { Rules, Snapshot } from "./game.js" */
/** @import { News, Order } from "./player.js" */
/** @import { Point } from "./plot.js" */

/** @typedef {Pick<Snapshot, "iteration" | "accuracy" | "discriminatorLoss" | "generatorLoss">} Moment of a course */

const MAX_COURSE = 600; // points of a curve; of more, every second goes
const STILL_STEPS = 100; // iterations at once, where less motion is asked for
const [LOWEST, HIGHEST] = [0.45, 0.6]; // accuracy at equilibrium
const SIDE = 480; // pixels of the canvas, before the screen's density
const N_REAL = 400;
const rateOf = (/** @type {number} */ power) => 10 ** power;

/** Returns the piece's parts. */
export function live() {
  let rules = { ...USUAL };
  /** @type {Snapshot | undefined} */
  let latest;
  /** @type {Moment[]} */
  let course = [];
  let isRunning = false;
  let hasBalanced = false; // since the start; said once
  let isAway = false; // out of sight, where the game waits

  const worker = new Worker(new URL("player.js", import.meta.url), { type: "module" });
  const order = (/** @type {Order} */ each) => worker.postMessage(each);
  worker.onerror = () => (said.textContent = "The game could not be started in this browser.");
  worker.onmessage = ({ data }) => show(data);

  const picture = make("canvas", { width: SIDE * devicePixelRatio, height: SIDE * devicePixelRatio });
  picture.setAttribute("role", "img");
  picture.ariaLabel = "The game, before it begins";
  const said = make("p", { className: "said-here", role: "status" });
  const shown = figures({
    iteration: "Iteration",
    modes: "Clusters found",
    accuracy: "D is right",
    discriminator: "Loss of D",
    generator: "Loss of G",
  });
  const losses = new Plot(186, (plot) => {
    const values = course.flatMap((each) => [each.generatorLoss, each.discriminatorLoss]).filter(Number.isFinite);
    const yTicks = ticksTo(Math.max(0.5, ...values));
    const least = Math.min(0, ...values);
    const ends = endOf(course);
    plot.axes({ x: [0, ends], y: [least, yTicks[yTicks.length - 1]], xTicks: [0, ends], yTicks, ...titles("losses") });
    plot.line("second", along("discriminatorLoss"));
    plot.line("first", along("generatorLoss"));
    plot.name = latest ? `Losses up to iteration ${latest.iteration}` : "Losses";
  });
  const accuracy = new Plot(160, (plot) => {
    const yText = (/** @type {number} */ share) => `${100 * share} %`;
    const ends = endOf(course);
    plot.axes({ x: [0, ends], y: [0, 1], xTicks: [0, ends], yTicks: [0, 0.5, 1], yText, ...titles("D is right") });
    plot.line("second", along("accuracy"));
    plot.name = `How often D is right: ${shown.element.querySelector("[data-figure=accuracy]")?.textContent}`;
  });
  const along = (/** @type {"accuracy" | "generatorLoss" | "discriminatorLoss"} */ name) =>
    course
      .filter((each) => Number.isFinite(each[name]))
      .map((each) => /** @type {Point} */ ([each.iteration, each[name]]));

  /** @param {News} news */
  function show(news) {
    const wasRunning = isRunning;
    if (news.iteration < (latest?.iteration ?? 0)) {
      course = []; // a new game; what the old one still sent goes with it
      hasBalanced = false;
    }
    latest = news;
    isRunning = news.isRunning;
    const { accuracy: share, discriminatorLoss, generatorLoss } = news; // its points and field would be megabytes
    course.push({ iteration: news.iteration, accuracy: share, discriminatorLoss, generatorLoss });
    if (course.length > MAX_COURSE) course = course.filter((_, i) => i % 2 === 0 || i === course.length - 1);
    const hasBegun = news.iteration > 0;
    shown.set({
      iteration: news.iteration.toLocaleString("en"),
      modes: `${news.modes} of ${N_MODES}`,
      accuracy: hasBegun ? percent(news.accuracy) : "–",
      discriminator: hasBegun ? news.discriminatorLoss.toFixed(3) : "–",
      generator: hasBegun ? news.generatorLoss.toFixed(3) : "–",
    });
    run.textContent = isRunning ? "Pause" : prefersStillness() ? `Run ${STILL_STEPS} iterations` : "Run";
    draw(picture, news);
    losses.render();
    accuracy.render();
    const reaches = isRunning && !hasBalanced && isBalanced(news);
    hasBalanced ||= reaches;
    if (reaches || (!isRunning && (wasRunning || !hasBegun))) say(news);
  }

  /** @param {Snapshot} news */
  function say(news) {
    const { iteration, modes } = news;
    const found = `At iteration ${iteration.toLocaleString("en")} the generator has found ${modes} of ${N_MODES} clusters`;
    if (!iteration) said.textContent = "";
    else if (isBalanced(news)) {
      said.textContent = `${found}, and D is right ${percent(news.accuracy)} of the time, hardly better than a guess: equilibrium.`;
    } else said.textContent = modes <= 2 ? `${found}: it has collapsed, or not yet begun.` : `${found}.`;
  }

  function restart() {
    order({ start: rules });
  }

  /** @param {Partial<Rules>} some */
  function change(some) {
    rules = { ...rules, ...some };
    order({ rules });
  }

  const run = button("Run", () => {
    isAway = false;
    if (isRunning) order({ run: false });
    else if (prefersStillness()) order({ steps: STILL_STEPS });
    else order({ run: true });
  });
  run.classList.add("main");
  const step = button("Step", () => order({ steps: 1 }));
  const again = button("Start again", restart);
  const loss = choice(
    "Loss",
    /** @type {Record<Rules["loss"], string>} */ (
      Object.fromEntries(Object.entries(LOSSES).map(([name, { title }]) => [name, title]))
    ),
    rules.loss,
    (chosen) => {
      change({ loss: chosen });
      course = []; // losses of another kind have no place on the same axis
    },
  );
  const penalty = new Slider(
    {
      name: "R1, penalty on D's slope",
      min: 0,
      max: 2,
      step: 0.1,
      value: rules.penalty,
      say: (each) => each.toFixed(1),
    },
    () => change({ penalty: penalty.value }),
  );
  const rate = (/** @type {string} */ name, /** @type {"generatorRate" | "discriminatorRate"} */ key) => {
    const say = (/** @type {number} */ power) => rateOf(power).toPrecision(2);
    const made = new Slider({ name, min: -4, max: -1.5, step: 0.05, value: Math.log10(rules[key]), say }, () =>
      change({ [key]: rateOf(made.value) }),
    );
    return made;
  };
  const [generatorRate, discriminatorRate] = [
    rate("Rate of G", "generatorRate"),
    rate("Rate of D", "discriminatorRate"),
  ];
  const how = choice("Play", { fair: "Fair", collapse: "So that it collapses" }, "fair", (chosen) => {
    const { generatorSteps, penalty: weight } = chosen === "fair" ? USUAL : COLLAPSE;
    penalty.value = weight;
    rules = { ...rules, generatorSteps, penalty: weight };
    restart();
    if (isRunning && !prefersStillness()) order({ run: true });
  });
  const seed = make("input", {
    type: "number",
    id: "learn-seed",
    value: String(rules.seed),
    min: "0",
    max: "4294967295",
  });
  seed.step = "1";
  seed.addEventListener("change", () => {
    if (!seed.validity.valid || seed.value === "") {
      said.textContent = "Seed: a whole number from 0 to 4,294,967,295.";
      return;
    }
    rules.seed = Number(seed.value);
    restart();
  });
  const seedField = make("div", { className: "field" }, [
    make("label", { htmlFor: seed.id, textContent: "Seed" }),
    seed,
  ]);

  onVisibility(picture, (isVisible) => {
    if (isVisible) {
      if (isAway && !prefersStillness()) order({ run: true });
      isAway = false;
    } else if (isRunning) {
      isAway = true;
      order({ run: false });
    }
  });
  for (const scheme of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
    matchMedia(scheme).addEventListener("change", () => latest && draw(picture, latest));
  }
  restart();
  return piece(
    "A GAN that learns while you watch",
    "The real points lie in eight clusters, and the ground shows what D takes for real or for generated. Run it: G finds all eight, and D is left to guess.",
    [
      make("div", { className: "game" }, [
        make("div", {}, [picture, legend({ real: "real", made: "generated" })]),
        make("div", { className: "courses" }, [
          shown.element,
          losses.element,
          accuracy.element,
          legend({ second: "D", first: "G" }),
        ]),
      ]),
      make("div", { className: "controls buttons" }, [run, step, again, said]),
    ],
    [how, loss, penalty.element, generatorRate.element, discriminatorRate.element, seedField],
  );
}

const percent = (/** @type {number} */ share) => `${Math.round(100 * share)} %`;

/** @param {Snapshot} snapshot */
const isBalanced = ({ modes, accuracy }) => modes === N_MODES && accuracy >= LOWEST && accuracy <= HIGHEST;

const titles = (/** @type {string} */ yTitle) => ({
  xTitle: "iterations",
  yTitle,
  xText: (/** @type {number} */ value) => value.toLocaleString("en"),
});

/** @param {Moment[]} course */
const endOf = (course) => Math.max(100, ...course.slice(-1).map(({ iteration }) => iteration));

const REAL = (() => {
  const random = uniform(0);
  return realPoints(N_REAL, random, normal(random));
})();

const small = document.createElement("canvas"); // one pixel for each cell of the field
Object.assign(small, { width: GRID, height: GRID });

/**
 * Draws what the discriminator takes for real and for generated, stronger where it is surer.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Float32Array} field
 * @param {string} real colour
 * @param {string} made
 */
function drawField(context, field, real, made) {
  const cells = small.getContext("2d");
  if (!cells) return;
  cells.clearRect(0, 0, GRID, GRID);
  field.forEach((share, i) => {
    cells.fillStyle = share > 0.5 ? real : made;
    cells.globalAlpha = Math.abs(share - 0.5);
    cells.fillRect(i % GRID, GRID - 1 - Math.floor(i / GRID), 1, 1);
  });
  context.drawImage(small, 0, 0, context.canvas.width, context.canvas.height);
}

/**
 * Draws field and points.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Snapshot} snapshot
 */
function draw(canvas, { field, points, modes, iteration }) {
  const context = canvas.getContext("2d");
  if (!context) return;
  const colours = getComputedStyle(canvas);
  const [ground, real, made] = ["--ground", "--real", "--made"].map((name) => colours.getPropertyValue(name));
  const scale = canvas.width / (2 * HALF);
  const place = (/** @type {ArrayLike<number>} */ xy, /** @type {number} */ i) =>
    /** @type {const} */ ([(xy[2 * i] + HALF) * scale, canvas.height - (xy[2 * i + 1] + HALF) * scale]);
  context.globalAlpha = 1;
  context.fillStyle = ground;
  context.fillRect(0, 0, canvas.width, canvas.height);
  drawField(context, field, real, made);
  const dot = canvas.width / 160;
  context.globalAlpha = 0.8;
  context.strokeStyle = real;
  context.lineWidth = dot / 2.2;
  for (let i = 0; i < N_REAL; i++) {
    const [x, y] = place(REAL, i);
    context.beginPath();
    context.arc(x, y, dot, 0, 2 * Math.PI);
    context.stroke();
  }
  context.fillStyle = made;
  context.globalAlpha = 0.9;
  let nOutside = 0;
  for (let i = 0; i < points.length / 2; i++) {
    const [x, y] = place(points, i);
    // A point beyond the picture stays at its edge, so that none disappears.
    if (x < 0 || y < 0 || x > canvas.width || y > canvas.height) nOutside++;
    const inside = (/** @type {number} */ at) => Math.min(canvas.width - dot, Math.max(dot, at));
    context.beginPath();
    context.arc(inside(x), inside(y), dot, 0, 2 * Math.PI);
    context.fill();
  }
  const outside = nOutside ? `, ${nOutside} of them beyond the picture, drawn at its edge` : "";
  canvas.ariaLabel = `Iteration ${iteration}: ${points.length / 2} generated points cover ${modes} of ${CENTRES.length} clusters${outside}`;
}
