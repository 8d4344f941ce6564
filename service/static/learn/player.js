// The worker that plays the live game, so that the page stays responsive.

import { Game } from "./game.js";

/** @import { Rules, Snapshot } from "./game.js" */

/**
 * What the page asks for: a new game, other rules, to run or to pause, or some iterations and then to pause.
 *
 * @typedef {{ start: Rules } | { rules: Rules } | { run: boolean } | { steps: number }} Order
 */
/** @typedef {Snapshot & { isRunning: boolean }} News */

const FRAME_MS = 40;
/** @type {Game} */
let game;
let left = 0; // iterations to play before the game pauses
let isTurning = false;

/** @param {MessageEvent<Order>} message */
onmessage = ({ data }) => {
  if ("start" in data) {
    game = new Game(data.start);
    left = 0;
    tell();
  } else if ("rules" in data) game.rules = data.rules;
  else if ("run" in data) {
    left = data.run ? Infinity : 0;
    if (!left && !isTurning) tell();
  } else left = data.steps;
  if (left && !isTurning) turn();
};

/** Plays for the time of a frame, says where the game is, and lets waiting messages in. */
function turn() {
  const ends = performance.now() + FRAME_MS;
  while (left > 0) {
    game.step();
    left--;
    if (performance.now() > ends) break;
  }
  tell();
  isTurning = left > 0;
  if (isTurning) setTimeout(turn);
}

function tell() {
  const snapshot = game.snapshot();
  postMessage(/** @type {News} */ ({ ...snapshot, isRunning: left > 0 }));
}
