// The piece on cross-entropy: what a guess costs, and what of it a wrong belief costs.

import { choice, figures, piece, Slider, written } from "./parts.js";
import { legend, Plot } from "./plot.js";
import { crossEntropy, divergence, entropy, NATS_PER_BIT } from "./theory.js";

/** @import { Point } from "./plot.js" */

const CURVE = Array.from({ length: 1001 }, (_, i) => i / 1000);
const [NEAR_NATS, FAR_NATS] = [1.8, 5.2]; // tops of the axis: the higher one where the cost needs it

/** Returns the piece's parts. */
export function guess() {
  /** @type {"nats" | "bits"} */
  let unit = "nats";
  const update = () => {
    const [total, least] = [crossEntropy(p.value, q.value), entropy(p.value)];
    const say = (/** @type {number} */ nats) => `${written(inUnit(nats))} ${unit}`;
    shown.set({ total: say(total), least: say(least), more: say(divergence(p.value, q.value)) });
    plot.render();
  };
  const inUnit = (/** @type {number} */ nats) => (unit === "bits" ? nats / NATS_PER_BIT : nats);
  const say = (/** @type {number} */ value) => value.toFixed(2);
  const p = new Slider({ name: "p, how often it happens", min: 0, max: 1, step: 0.01, value: 0.2, say }, update);
  const q = new Slider({ name: "q, what you predict", min: 0, max: 1, step: 0.01, value: 0.5, say }, update);
  const shown = figures({ total: "Cross-entropy", least: "= entropy", more: "+ KL divergence" });
  const plot = new Plot(300, (drawn) => {
    const [total, least] = [crossEntropy(p.value, q.value), entropy(p.value)];
    const top = inUnit(total > NEAR_NATS && total < Infinity ? FAR_NATS : NEAR_NATS);
    const yTicks = Array.from({ length: Math.floor(top / (top > 3 ? 1 : 0.5)) + 1 }, (_, i) => i * (top > 3 ? 1 : 0.5));
    drawn.axes({ x: [0, 1], y: [0, top], xTicks: [0, 0.25, 0.5, 0.75, 1], yTicks, xTitle: "q", yTitle: unit });
    drawn.rule("level", [0, inUnit(least)], [1, inUnit(least)]);
    drawn.line(
      "first",
      CURVE.map((each) => /** @type {Point} */ ([each, inUnit(crossEntropy(p.value, each))])),
    );
    drawn.rule("gap", [q.value, inUnit(least)], [q.value, Math.min(top, inUnit(total))]);
    drawn.dot("ink", [p.value, inUnit(least)]);
    drawn.dot("first", [q.value, inUnit(total)]);
    drawn.name = `Cross-entropy against q at p = ${say(p.value)}: at q = ${say(q.value)} it is ${written(inUnit(total))} ${unit}`;
  });
  plot.drag((x) => {
    q.value = x;
    update();
  });
  const units = choice("Unit", { nats: "Nats", bits: "Bits" }, unit, (chosen) => {
    unit = chosen;
    update();
  });
  update();
  return piece(
    "What a guess costs",
    "An event happens with probability p, and you predict it with probability q. You pay the entropy, which nobody avoids, and the KL divergence for a wrong belief: without bound where an arrow leaves the plot.",
    [plot.element, legend({ first: "cross-entropy", level: "entropy of p", gap: "KL divergence" }), shown.element],
    [p.element, q.element, units],
  );
}
