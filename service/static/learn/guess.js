// The piece on cross-entropy: what a guess costs, and what of it a wrong belief costs.

import { text } from "../shell/messages.js";
import { choice, figures, Slider, written } from "./parts.js";
import { legend, Plot } from "./plot.js";
import { crossEntropy, divergence, entropy, NATS_PER_BIT } from "./theory.js";

/** @import { Piece } from "./parts.js" */
/** @import { Point } from "./plot.js" */

const CURVE = Array.from({ length: 1001 }, (_, i) => i / 1000);
const [NEAR_NATS, FAR_NATS] = [1.8, 5.2]; // tops of the axis: the higher one where the cost needs it

/** @returns {Piece} */
export function guess() {
  /** @type {"nats" | "bits"} */
  let unit = "nats";
  const update = () => {
    const [total, least] = [crossEntropy(p.value, q.value), entropy(p.value)];
    const say = (/** @type {number} */ nats) => `${written(inUnit(nats))} ${unitName()}`;
    shown.set({ total: say(total), least: say(least), more: say(divergence(p.value, q.value)) });
    plot.render();
  };
  const unitName = () => text(unit === "bits" ? "learn.bits" : "learn.nats");
  const inUnit = (/** @type {number} */ nats) => (unit === "bits" ? nats / NATS_PER_BIT : nats);
  const say = (/** @type {number} */ value) => value.toFixed(2);
  const p = new Slider({ name: text("learn.guess_p"), min: 0, max: 1, step: 0.01, value: 0.2, say }, update);
  const q = new Slider({ name: text("learn.guess_q"), min: 0, max: 1, step: 0.01, value: 0.5, say }, update);
  const shown = figures({
    total: text("learn.guess_total"),
    least: text("learn.guess_least"),
    more: text("learn.guess_more"),
  });
  const plot = new Plot(300, (drawn) => {
    const [total, least] = [crossEntropy(p.value, q.value), entropy(p.value)];
    const top = inUnit(total > NEAR_NATS && total < Infinity ? FAR_NATS : NEAR_NATS);
    const yTicks = Array.from({ length: Math.floor(top / (top > 3 ? 1 : 0.5)) + 1 }, (_, i) => i * (top > 3 ? 1 : 0.5));
    drawn.axes({ x: [0, 1], y: [0, top], xTicks: [0, 0.25, 0.5, 0.75, 1], yTicks, xTitle: "q", yTitle: unitName() });
    drawn.rule("level", [0, inUnit(least)], [1, inUnit(least)]);
    drawn.line(
      "first",
      CURVE.map((each) => /** @type {Point} */ ([each, inUnit(crossEntropy(p.value, each))])),
    );
    drawn.rule("gap", [q.value, inUnit(least)], [q.value, Math.min(top, inUnit(total))]);
    drawn.dot("ink", [p.value, inUnit(least)]);
    drawn.dot("first", [q.value, inUnit(total)]);
    drawn.name = text("learn.guess_plot", {
      p: say(p.value),
      q: say(q.value),
      cost: written(inUnit(total)),
      unit: unitName(),
    });
  });
  plot.drag((x) => {
    q.value = x;
    update();
  });
  const units = choice(
    text("learn.guess_unit"),
    { nats: text("learn.guess_nats"), bits: text("learn.guess_bits") },
    unit,
    (chosen) => {
      unit = chosen;
      update();
    },
  );
  update();
  const key = legend({
    first: text("learn.guess_line"),
    level: text("learn.guess_level"),
    gap: text("learn.guess_gap"),
  });
  return {
    title: text("learn.guess_title"),
    caption: text("learn.guess_caption"),
    picture: [plot.element, key, shown.element],
    controls: [p.element, q.element, units],
  };
}
