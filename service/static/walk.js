// Exploring by seeds: a grid of them, and the neighbourhood of one.

import { find, make } from "./elements.js";
import { moved } from "./latents.js";
import { images } from "./makers.js";
import { drawsDigits, versionOf, writes } from "./models.js";
import { latestOnly } from "./pictures.js";
import { following, latentOf, MAX_SEED } from "./seeds.js";
import { change, state } from "./state.js";

/** @import { Context, Offer } from "./main.js" */
/** @import { ImagesCall } from "./makers.js" */
/** @import { Model } from "./models.js" */
/** @import { State } from "./state.js" */

/** @typedef {{ source: { seeds: number[] } | { latents: number[][] }, choices: Choice[] }} Grid */
/** @typedef {{ name: string, chosen: Partial<State>, isHere: boolean }} Choice what a digit of the grid chooses */

const N_SEEDS = 40; // whole rows of ten, or of five on a phone
const REACH = 3; // steps that a neighbourhood shows to each side
const STEP = 0.3; // of a standard deviation: neighbours differ a little
const SCALE = 2;
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * Returns a function that shows a state and returns the request behind the grid.
 *
 * @param {Context} context
 * @returns {(now: State) => Offer}
 */
export function walk({ models, limits, say }) {
  const grid = find("#grid", HTMLElement);
  const note = find("#walk-note", HTMLElement);
  const ways = find("#walk-ways", HTMLElement);
  const from = find("#from", HTMLElement);
  const toDraw = find("#to-draw", HTMLAnchorElement);
  const nSeeds = Math.min(N_SEEDS, limits.images);
  const reach = Math.min(REACH, Math.floor((Math.sqrt(limits.images) - 1) / 2)); // a square of an odd side
  grid.style.setProperty("--side", String(2 * reach + 1));

  find("#earlier", HTMLElement).onclick = () => change({ first: Math.max(0, state.first - nSeeds) });
  find("#later", HTMLElement).onclick = () => change({ first: following(state.first, nSeeds) });
  find("#leave", HTMLElement).onclick = () => change({ around: "", east: 0, south: 0 });
  grid.addEventListener("keydown", (event) => {
    const by = ARROWS[event.key];
    if (!by || state.around === "") return;
    event.preventDefault();
    change({ east: state.east + by[0], south: state.south + by[1] });
  });

  /** @typedef {{ choices: Choice[], isWalking: boolean, request: ImagesCall }} Wish */
  const fill = latestOnly(async (/** @type {Wish} */ { choices, isWalking, request }, signal) => {
    const made = await images(request, signal);
    const buttons = made.map(({ src }, i) => button(src, choices[i]));
    const focused = [...grid.children].findIndex((each) => each === document.activeElement);
    grid.classList.toggle("near", isWalking);
    grid.replaceChildren(...buttons);
    if (focused >= 0) buttons[isWalking ? choices.findIndex(({ isHere }) => isHere) : focused]?.focus();
    say();
  }, say);

  return (now) => {
    const model = models.get(now.model);
    const isWalking = now.around !== "";
    const isAway = now.east !== 0 || now.south !== 0;
    const where = `seed ${now.around}${isAway ? `, ${place(now.east, now.south)}` : ""}`;
    ways.hidden = !isWalking;
    from.hidden = isWalking;
    note.textContent = isWalking
      ? `Around ${where}. Choose a neighbour, or press an arrow key, to go there.`
      : `Choose ${drawsDigits(model) ? "a digit" : "an image"} to see its neighbours.`;
    toDraw.hidden = model.n_classes > 0 && !(writes(model) && now.label < 10);
    toDraw.href = `#draw?seed=${now.around}&digits=${now.label}`;
    const { source, choices } = isWalking ? neighbourhood(now, model, reach) : seedsFrom(now.first, nSeeds);
    const labels = model.n_classes ? { labels: now.label } : {};
    const body = { ...source, ...labels, ...versionOf(now.model), truncation: now.truncation, scale: SCALE };
    fill({ choices, isWalking, request: { by: now.by, path: "generate", body } });
    return { path: "generate", body, accept: "application/zip", file: "digits.zip" };
  };
}

/**
 * @param {number} first
 * @param {number} n
 * @returns {Grid}
 */
function seedsFrom(first, n) {
  const seeds = Array.from({ length: n }, (_, i) => following(first, i));
  const choices = seeds.map((seed) => ({
    name: `Seed ${seed}`,
    chosen: { around: String(seed), east: 0, south: 0 },
    isHere: false,
  }));
  return { source: { seeds }, choices };
}

/**
 * @param {State} now
 * @param {Model} model
 * @param {number} reach
 * @returns {Grid}
 */
function neighbourhood(now, model, reach) {
  const seed = Math.min(Number(now.around), MAX_SEED);
  const [from, ...directions] = [0, 1, 2].map((n) => Array.from(latentOf(following(seed, n), model.latent_size)));
  const offsets = Array.from({ length: 2 * reach + 1 }, (_, i) => i - reach);
  const places = offsets.flatMap((south) =>
    offsets.map((east) => ({ east: now.east + east, south: now.south + south })),
  );
  const nStyle = model.latent_size - model.n_classes;
  const latents = places.map(({ east, south }) => moved(from, directions, [STEP * east, STEP * south], nStyle));
  const choices = places.map((chosen) => ({
    name: `Go to ${place(chosen.east, chosen.south)}`,
    chosen,
    isHere: chosen.east === now.east && chosen.south === now.south,
  }));
  return { source: { latents }, choices };
}

/**
 * @param {number} east
 * @param {number} south
 */
function place(east, south) {
  return `${Math.abs(east)} ${east < 0 ? "west" : "east"}, ${Math.abs(south)} ${south < 0 ? "north" : "south"}`;
}

/**
 * @param {string} src
 * @param {Choice} choice
 */
function button(src, { name, chosen, isHere }) {
  const picture = make("img", { src, alt: "" });
  const made = make("button", { type: "button", title: name, ariaLabel: name, onclick: () => change(chosen) }, [
    picture,
  ]);
  made.classList.toggle("here", isHere);
  return made;
}
