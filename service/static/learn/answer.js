// The piece on the two sides of an answer: both losses, and why the generator's is turned round.

import { figures, piece, Slider, written } from "./parts.js";
import { legend, Plot } from "./plot.js";
import { sides } from "./theory.js";

/** @import { Point } from "./plot.js" */

const CURVE = Array.from({ length: 1001 }, (_, i) => i / 1000);
const TICKS = [0, 0.25, 0.5, 0.75, 1];
const USUAL = 0.05; // as early in training: the discriminator is sure

/** Returns the piece's parts. */
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
  const d = new Slider({ name: "D's answer", min: 0, max: 1, step: 0.01, value: USUAL, say }, update);
  const shown = figures({
    real: "D pays, if it is real",
    fake: "D pays, if it is generated",
    formula: "G learns, by the formula",
    turned: "G learns, turned round",
  });
  const curve = (/** @type {(x: number) => number} */ of) => CURVE.map((x) => /** @type {Point} */ ([x, of(x)]));
  const losses = new Plot(256, (plot) => {
    const most = Math.max(-Math.log(d.value), -Math.log(1 - d.value));
    const top = most > 3 && most < Infinity ? 5 : 3;
    const yTicks = Array.from({ length: top + 1 }, (_, i) => i);
    plot.axes({ x: [0, 1], y: [0, top], xTicks: TICKS, yTicks, xTitle: "D's answer", yTitle: "loss of D" });
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
    plot.name = `Loss of D for the answer ${say(d.value)}: ${written(-Math.log(d.value))} if the image is real, ${written(-Math.log(1 - d.value))} if it is generated`;
  });
  const pulls = new Plot(256, (plot) => {
    const { formulaPull, turnedPull } = sides(d.value);
    plot.axes({ x: [0, 1], y: [0, 1], xTicks: TICKS, yTicks: TICKS, xTitle: "D's answer", yTitle: "slope for G" });
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
    plot.name = `What G learns from the answer ${say(d.value)}: a slope of ${written(formulaPull, 2)} by the formula, ${written(turnedPull, 2)} turned round`;
  });
  for (const plot of [losses, pulls]) {
    plot.drag((x) => {
      d.value = x;
      update();
    });
  }
  update();
  return piece(
    "Two sides of one answer",
    "D pays for each answer, and G learns through the slope of its own loss, here against D's logit. While D is sure that G's images are generated (left), the formula's log(1 − D) teaches almost nothing; −log D, the same wish turned round, teaches most.",
    [
      pair(losses.element, legend({ first: "−log D, if real", second: "−log(1 − D), if generated" })),
      pair(pulls.element, legend({ third: "of log(1 − D), the formula", first: "of −log D, turned round" })),
      shown.element,
    ],
    [d.element],
  );
}

/**
 * @param {HTMLElement} plot
 * @param {HTMLElement} key
 */
function pair(plot, key) {
  const half = document.createElement("div");
  half.className = "half";
  half.append(plot, key);
  return half;
}
