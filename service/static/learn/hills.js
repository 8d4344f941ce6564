// The piece on the game in one dimension: two hills, the best discriminator between them, and the value of the game.

import { percent, text } from "../shell/messages.js";
import { button, figures, Slider, written } from "./parts.js";
import { legend, Plot } from "./plot.js";
import { bestAnswer, DATA, density, descended, jensenShannon, NATS_PER_BIT, valueOf } from "./theory.js";

/** @import { Piece } from "./parts.js" */
/** @import { Point } from "./plot.js" */

const FROM = -6;
const TO = 6;
const CURVE = Array.from({ length: 481 }, (_, i) => FROM + ((TO - FROM) * i) / 480);
const TICKS = [-6, -3, 0, 3, 6];
const xText = (/** @type {number} */ value) => written(value, 0);
const NARROWEST = 0.4;
const RATE = 0.6;

/** @returns {Piece} */
export function hills() {
  const made = () => ({ mean: mean.value, spread: spread.value });
  const update = () => {
    const js = jensenShannon(made());
    shown.set({
      value: written(valueOf(made())),
      js: text("learn.hills_divergence", { nats: written(js), bits: written(js / NATS_PER_BIT) }),
      middle: written(bestAnswer(DATA.mean, made()), 2),
    });
    plot.render();
    best.render();
  };
  const say = (/** @type {number} */ value) => written(value, 2);
  const mean = new Slider({ name: text("learn.hills_mean"), min: -4, max: 4, step: 0.05, value: 2.5, say }, update);
  const spread = new Slider(
    { name: text("learn.hills_spread"), min: NARROWEST, max: 2.5, step: 0.05, value: 0.7, say },
    update,
  );
  const shown = figures({
    value: text("learn.hills_value"),
    js: text("learn.hills_js"),
    middle: text("learn.hills_middle"),
  });
  const top = density(0, 0, NARROWEST);
  const plot = new Plot(246, (drawn) => {
    const { mean: at, spread: width } = made();
    const real = CURVE.map((x) => /** @type {Point} */ ([x, density(x, DATA.mean, DATA.spread)]));
    const generated = CURVE.map((x) => /** @type {Point} */ ([x, density(x, at, width)]));
    const yTicks = [0, 0.25, 0.5, 0.75, 1];
    drawn.axes({
      x: [FROM, TO],
      y: [0, top * 1.05],
      xTicks: TICKS,
      xText,
      yTicks,
      xTitle: "x",
      yTitle: text("learn.hills_density"),
    });
    drawn.area("second", real);
    drawn.area("first", generated);
    drawn.line("second", real);
    drawn.line("first", generated);
    drawn.name = text("learn.hills_plot", { data: DATA.mean, mean: say(at), spread: say(width) });
  });
  const best = new Plot(180, (drawn) => {
    const yTicks = [0, 0.5, 1];
    drawn.axes({
      x: [FROM, TO],
      y: [0, 1],
      xTicks: TICKS,
      xText,
      yTicks,
      yText: percent,
      xTitle: "x",
      yTitle: text("learn.hills_best"),
    });
    drawn.rule("level", [FROM, 0.5], [TO, 0.5]);
    drawn.line(
      "third",
      CURVE.map((x) => /** @type {Point} */ ([x, bestAnswer(x, made())])),
    );
    drawn.name = text("learn.hills_best_plot", { middle: written(bestAnswer(0, made()), 2) });
  });
  plot.drag((x) => {
    mean.value = x;
    update();
  });
  const step = button(text("learn.hills_step"), () => {
    const { mean: at, spread: width } = descended(made(), RATE);
    for (const slider of [mean, spread]) slider.input.step = "any"; // a step may end between two marks
    mean.value = at;
    spread.value = width;
    update();
  });
  const back = button(text("learn.again"), () => {
    mean.value = 2.5;
    spread.value = 0.7;
    update();
  });
  update();
  const key = legend({
    second: text("learn.hills_real"),
    first: text("learn.hills_made"),
    third: text("learn.hills_line"),
    level: text("learn.hills_guess"),
  });
  return {
    title: text("learn.hills_title"),
    caption: text("learn.hills_caption"),
    picture: [plot.element, best.element, key, shown.element],
    controls: [mean.element, spread.element, step, back],
  };
}
