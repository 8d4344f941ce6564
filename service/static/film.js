// Exploring by film: the frames between seeds as a strip, played, and saved as an animation.

import { ask } from "./api.js";
import { find, make } from "./elements.js";
import { images } from "./makers.js";
import { versionOf } from "./models.js";
import { latestOnly, save } from "./pictures.js";
import { MAX_SEED } from "./seeds.js";
import { change, state } from "./state.js";

/** @import { Context, Offer } from "./main.js" */
/** @import { ImagesCall } from "./makers.js" */
/** @import { State } from "./state.js" */

const SAVED_SCALE = 8;
const N_KEYS = 4;
const MAX_RANDOM = 10_000; // short enough for four of them to be read at a glance

/**
 * Returns two functions: one shows a state and returns the request behind the film, the other stops the film.
 *
 * @param {Context} context
 * @returns {{ show: (now: State) => Offer, stop: () => void }}
 */
export function film({ models, say }) {
  const screen = find("#screen", HTMLImageElement);
  const strip = find("#strip", HTMLElement);
  const play = find("#play", HTMLElement);
  /** @type {string[]} */
  let frames = [];
  let at = 0;
  /** @type {number | undefined} */
  let timer;

  /** @param {number} index */
  function look(index) {
    at = index;
    screen.src = frames[at];
    screen.alt = `Frame ${at + 1} of ${frames.length}`;
    [...strip.children].forEach((each, i) => each.classList.toggle("now", i === at));
  }

  function tick() {
    look((at + 1) % frames.length);
    timer = setTimeout(tick, state.pause);
  }

  function stop() {
    clearTimeout(timer);
    timer = undefined;
    play.textContent = "Play";
    play.ariaPressed = "false";
  }

  function start() {
    play.textContent = "Pause";
    play.ariaPressed = "true";
    tick();
  }

  const showFrames = latestOnly(async (/** @type {ImagesCall} */ request, signal) => {
    frames = (await images(request, signal)).map(({ src }) => src);
    strip.replaceChildren(...frames.map((src) => make("img", { src, alt: "" })));
    look(Math.min(at, frames.length - 1));
    say();
  }, say);

  /** @type {(accept: string, file: string) => () => Promise<void>} */
  const saving = (accept, file) => async () => {
    try {
      const answer = await ask(animation(frameBody(state), accept, file));
      save(await answer.blob(), file);
    } catch (error) {
      say(error);
    }
  };

  /** @param {State} now */
  function frameBody(now) {
    const seeds = now.keys.split(",").map((seed) => Math.min(Number(seed), MAX_SEED));
    const labels = models.get(now.model).n_classes ? { labels: now.filmDigit } : {};
    const { steps, loop, truncation } = now;
    return { seeds, ...labels, steps, loop, ...versionOf(now.model), truncation };
  }

  play.onclick = () => (timer ? stop() : start());
  find("#save-apng", HTMLElement).onclick = saving("image/apng", "digits.png");
  find("#save-gif", HTMLElement).onclick = saving("image/gif", "digits.gif");
  find("#roll-keys", HTMLElement).onclick = () => {
    const keys = Array.from({ length: N_KEYS }, () => Math.floor(Math.random() * MAX_RANDOM));
    change({ keys: keys.join() });
  };

  function show(/** @type {State} */ now) {
    const body = frameBody(now);
    showFrames({ by: now.by, path: "interpolate", body });
    return animation(body, "image/apng", "digits.png");
  }

  return { show, stop };
}

/**
 * @param {object} body
 * @param {string} accept
 * @param {string} file
 * @returns {Offer}
 */
function animation(body, accept, file) {
  return { path: "interpolate", body: { ...body, scale: SAVED_SCALE, frame_ms: state.pause }, accept, file };
}
