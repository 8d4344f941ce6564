// The controls of how a live game is played: fair or not, its loss, its penalty, its rates, and its seed.

import { make } from "../shell/elements.js";
import { text } from "../shell/messages.js";
import { COLLAPSE, USUAL } from "./game.js";
import { choice, Slider } from "./parts.js";

/** @import { Rules } from "./game.js" */

const MAX_SEED = 2 ** 32 - 1;

/**
 * What follows from a control.
 *
 * @typedef {object} Effects
 * @property {(some: Partial<Rules>) => void} change changes some rules of the game that is played
 * @property {(some: Partial<Rules>, isOfOtherKind: boolean) => void} restart starts a new game; of another kind, at once
 * @property {(fault: string) => void} refuse says what is wrong with a control
 */

/**
 * Returns the controls.
 *
 * @param {Effects} effects
 */
export function rulesControls({ change, restart, refuse }) {
  const penalty = new Slider(
    {
      name: text("learn.live_penalty"),
      min: 0,
      max: 2,
      step: 0.1,
      value: USUAL.penalty,
      say: (each) => each.toFixed(1),
    },
    () => change({ penalty: penalty.value }),
  );
  const how = choice(
    text("learn.live_play"),
    { fair: text("learn.live_fair"), collapse: text("learn.live_collapse") },
    "fair",
    (chosen) => {
      const { generatorSteps, penalty: weight } = chosen === "fair" ? USUAL : COLLAPSE;
      penalty.value = weight;
      restart({ generatorSteps, penalty: weight }, true);
    },
  );
  const loss = choice(
    text("learn.live_loss"),
    {
      bce: text("learn.live_bce"),
      formula: text("learn.live_formula"),
      "least-squares": text("learn.live_least_squares"),
      relativistic: text("learn.live_relativistic"),
    },
    USUAL.loss,
    (chosen) => change({ loss: chosen }),
  );
  return [
    how,
    loss,
    penalty.element,
    rate(text("learn.live_generator_rate"), USUAL.generatorRate, (generatorRate) => change({ generatorRate })),
    rate(text("learn.live_discriminator_rate"), USUAL.discriminatorRate, (value) =>
      change({ discriminatorRate: value }),
    ),
    seedField((seed) => restart({ seed }, false), refuse),
  ];
}

/**
 * Returns a slider of powers of ten.
 *
 * @param {string} name
 * @param {number} usual
 * @param {(rate: number) => void} onChange
 */
function rate(name, usual, onChange) {
  const rateOf = (/** @type {number} */ power) => 10 ** power;
  const say = (/** @type {number} */ power) => rateOf(power).toPrecision(2);
  const made = new Slider({ name, min: -4, max: -1.5, step: 0.05, value: Math.log10(usual), say }, () =>
    onChange(rateOf(made.value)),
  );
  return made.element;
}

/**
 * @param {(seed: number) => void} onChange
 * @param {(fault: string) => void} refuse
 */
function seedField(onChange, refuse) {
  const seed = make("input", { type: "number", id: "learn-seed", value: String(USUAL.seed), min: "0", step: "1" });
  seed.max = String(MAX_SEED);
  seed.addEventListener("change", () => {
    if (seed.validity.valid && seed.value !== "") onChange(Number(seed.value));
    else refuse(text("learn.live_seed_wrong"));
  });
  return make("div", { className: "field" }, [
    make("label", { htmlFor: seed.id, textContent: text("learn.live_seed") }),
    seed,
  ]);
}
