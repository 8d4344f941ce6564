// The piece on the game in one dimension: two hills, the best discriminator between them, and the value of the game.

import { button, figures, piece, Slider, written } from "./parts.js";
import { legend, Plot } from "./plot.js";
import { bestAnswer, DATA, density, descended, jensenShannon, NATS_PER_BIT, valueOf } from "./theory.js";

/** @import { Point } from "./plot.js" */

const FROM = -6;
const TO = 6;
const CURVE = Array.from({ length: 481 }, (_, i) => FROM + ((TO - FROM) * i) / 480);
const TICKS = [-6, -3, 0, 3, 6];
const xText = (/** @type {number} */ value) => written(value, 0);
const NARROWEST = 0.4;
const RATE = 0.6;

/** Returns the piece's parts. */
export function hills() {
  const made = () => ({ mean: mean.value, spread: spread.value });
  const update = () => {
    const js = jensenShannon(made());
    shown.set({
      value: written(valueOf(made())),
      js: `${written(js)} nats, ${written(js / NATS_PER_BIT)} bits`,
      middle: written(bestAnswer(DATA.mean, made()), 2),
    });
    plot.render();
    best.render();
  };
  const say = (/** @type {number} */ value) => written(value, 2);
  const mean = new Slider({ name: "Centre of G's hill", min: -4, max: 4, step: 0.05, value: 2.5, say }, update);
  const spread = new Slider(
    { name: "Width of G's hill", min: NARROWEST, max: 2.5, step: 0.05, value: 0.7, say },
    update,
  );
  const shown = figures({
    value: "V, with the best D",
    js: "Jensen-Shannon",
    middle: "Best D at x = 0",
  });
  const top = density(0, 0, NARROWEST);
  const plot = new Plot(246, (drawn) => {
    const { mean: at, spread: width } = made();
    const real = CURVE.map((x) => /** @type {Point} */ ([x, density(x, DATA.mean, DATA.spread)]));
    const generated = CURVE.map((x) => /** @type {Point} */ ([x, density(x, at, width)]));
    const yTicks = [0, 0.25, 0.5, 0.75, 1];
    drawn.axes({ x: [FROM, TO], y: [0, top * 1.05], xTicks: TICKS, xText, yTicks, xTitle: "x", yTitle: "density" });
    drawn.area("second", real);
    drawn.area("first", generated);
    drawn.line("second", real);
    drawn.line("first", generated);
    drawn.name = `Densities: real data around ${DATA.mean}, generated around ${say(at)} with width ${say(width)}`;
  });
  const best = new Plot(180, (drawn) => {
    const [yTicks, yText] = [[0, 0.5, 1], (/** @type {number} */ share) => `${100 * share} %`];
    drawn.axes({
      x: [FROM, TO],
      y: [0, 1],
      xTicks: TICKS,
      xText,
      yTicks,
      yText,
      xTitle: "x",
      yTitle: "answer of the best D",
    });
    drawn.rule("level", [FROM, 0.5], [TO, 0.5]);
    drawn.line(
      "third",
      CURVE.map((x) => /** @type {Point} */ ([x, bestAnswer(x, made())])),
    );
    drawn.name = `Answer of the best D: the share of real data at each x, ${written(bestAnswer(0, made()), 2)} at 0`;
  });
  plot.drag((x) => {
    mean.value = x;
    update();
  });
  const step = button("Let G take a step", () => {
    const { mean: at, spread: width } = descended(made(), RATE);
    for (const slider of [mean, spread]) slider.input.step = "any"; // a step may end between two marks
    mean.value = at;
    spread.value = width;
    update();
  });
  const back = button("Start again", () => {
    mean.value = 2.5;
    spread.value = 0.7;
    update();
  });
  update();
  return piece(
    "The best discriminator, in one dimension",
    "Real data and generated data are two hills. The best D answers with the share of real data at each place. The closer the hills, the lower the value V: where they are one, D can only guess, and V = −log 4 = −1.386.",
    [
      plot.element,
      best.element,
      legend({ second: "real data", first: "generated", third: "the best D", level: "a guess" }),
      shown.element,
    ],
    [mean.element, spread.element, step, back],
  );
}
