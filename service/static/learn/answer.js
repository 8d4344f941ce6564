// The piece on the two sides of an answer: both losses, and why the generator's is turned round.

import { make } from "../shell/elements.js";
import { text } from "../shell/messages.js";
import { figures, Slider, written } from "./parts.js";
import { legend, Plot } from "./plot.js";
import { sides } from "./theory.js";

/** @import { Piece } from "./parts.js" */
/** @import { Point } from "./plot.js" */

const CURVE = Array.from({ length: 1001 }, (_, i) => i / 1000);
const TICKS = [0, 0.25, 0.5, 0.75, 1];
const USUAL = 0.05; // as early in training: the discriminator is sure

/** @returns {Piece} */
export function answer() {
  const update = () => {
    const { formulaPull, turnedPull } = sides(d.value);
    shown.set({
      real: written(-Math.log(d.value)),
      fake: written(-Math.log(1 - d.value)),
      formula: written(formulaPull, 2),
      turned: written(turnedPull, 2),
    });
    losses.render();
    pulls.render();
  };
  const say = (/** @type {number} */ value) => value.toFixed(2);
  const d = new Slider({ name: text("learn.answer_d"), min: 0, max: 1, step: 0.01, value: USUAL, say }, update);
  const shown = figures({
    real: text("learn.answer_real"),
    fake: text("learn.answer_fake"),
    formula: text("learn.answer_formula"),
    turned: text("learn.answer_turned"),
  });
  const curve = (/** @type {(x: number) => number} */ of) => CURVE.map((x) => /** @type {Point} */ ([x, of(x)]));
  const xTitle = text("learn.answer_d");
  const losses = new Plot(256, (plot) => {
    const most = Math.max(-Math.log(d.value), -Math.log(1 - d.value));
    const top = most > 3 && most < Infinity ? 5 : 3;
    const yTicks = Array.from({ length: top + 1 }, (_, i) => i);
    plot.axes({ x: [0, 1], y: [0, top], xTicks: TICKS, yTicks, xTitle, yTitle: text("learn.answer_loss") });
    plot.line(
      "first",
      curve((x) => -Math.log(x)),
    );
    plot.line(
      "second",
      curve((x) => -Math.log(1 - x)),
    );
    plot.dot("first", [d.value, -Math.log(d.value)]);
    plot.dot("second", [d.value, -Math.log(1 - d.value)]);
    plot.name = text("learn.answer_losses", {
      d: say(d.value),
      real: written(-Math.log(d.value)),
      fake: written(-Math.log(1 - d.value)),
    });
  });
  const pulls = new Plot(256, (plot) => {
    const { formulaPull, turnedPull } = sides(d.value);
    plot.axes({ x: [0, 1], y: [0, 1], xTicks: TICKS, yTicks: TICKS, xTitle, yTitle: text("learn.answer_slope") });
    plot.line(
      "third",
      curve((x) => sides(x).formulaPull),
    );
    plot.line(
      "first",
      curve((x) => sides(x).turnedPull),
    );
    plot.dot("third", [d.value, formulaPull]);
    plot.dot("first", [d.value, turnedPull]);
    plot.name = text("learn.answer_pulls", {
      d: say(d.value),
      formula: written(formulaPull, 2),
      turned: written(turnedPull, 2),
    });
  });
  for (const plot of [losses, pulls]) {
    plot.drag((x) => {
      d.value = x;
      update();
    });
  }
  update();
  return {
    title: text("learn.answer_title"),
    caption: text("learn.answer_caption"),
    picture: [
      make("div", { className: "halves" }, [
        half(losses, { first: text("learn.answer_line_real"), second: text("learn.answer_line_fake") }),
        half(pulls, { third: text("learn.answer_line_formula"), first: text("learn.answer_line_turned") }),
      ]),
      shown.element,
    ],
    controls: [d.element],
  };
}

/**
 * @param {Plot} plot
 * @param {Record<string, string>} names of its lines
 */
const half = (plot, names) => make("div", {}, [plot.element, legend(names)]);
