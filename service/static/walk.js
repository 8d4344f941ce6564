// Knows the grid of seeds, and the walk around one of them. Does not know how a seed becomes a latent.

import { latest } from "./latest.js";
import { moved } from "./latents.js";
import { images } from "./maker.js";
import { following, latentOf, MAX_SEED } from "./seeds.js";
import { change, state } from "./state.js";

const N_SEEDS = 40; // whole rows of ten, or of five on a phone
const REACH = 3; // steps that a neighbourhood shows to each side
const STEP = 0.3; // of a standard deviation: neighbours differ a little
const SCALE = 2;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export function walk(models, say) {
  const grid = document.getElementById("grid");
  const note = document.getElementById("walk-note");
  const ways = document.getElementById("walk-ways");
  const from = document.getElementById("from");

  document.getElementById("earlier").onclick = () => change({ first: Math.max(0, state.first - N_SEEDS) });
  document.getElementById("later").onclick = () => change({ first: following(state.first, N_SEEDS) });
  grid.addEventListener("keydown", (event) => {
    const by = state.around !== "" && ARROWS[event.key];
    if (!by) return;
    event.preventDefault();
    change({ east: state.east + by[0], south: state.south + by[1] });
  });
  document.getElementById("leave").onclick = () => change({ around: "", east: 0, south: 0 });

  const pictures = latest(async ({ request, names, steps, seeds }, signal) => {
    const found = await images(request, signal);
    const focused = [...grid.children].indexOf(document.activeElement);
    grid.classList.toggle("near", Boolean(steps));
    grid.replaceChildren(...found.map(({ src }, i) => button(src, names[i], steps ? go(steps[i]) : start(seeds[i]))));
    if (focused >= 0) grid.children[steps ? (grid.children.length - 1) / 2 : focused]?.focus();
    say();
  }, say);

  function show(now) {
    const model = models.get(now.model);
    const isWalking = now.around !== "";
    const isAway = now.east !== 0 || now.south !== 0;
    ways.hidden = !isWalking;
    from.hidden = isWalking;
    note.textContent = isWalking
      ? `Around seed ${now.around}${isAway ? `, ${place(now.east, now.south)}` : ""}. Choose a neighbour to go there; arrow keys do, too.`
      : "Choose a digit to see its neighbours.";
    document.getElementById("to-draw").href = `#draw?seed=${now.around}&digits=${now.label}`;
    const wish = isWalking ? neighbours(now, model) : seedsFrom(now);
    const [name, version] = now.model.split(" ");
    const labels = model.n_classes ? { labels: now.label } : {};
    const body = { ...wish.source, ...labels, model: name, version, truncation: now.truncation, scale: SCALE };
    pictures({ ...wish, request: { by: now.by, path: "generate", body } });
    return { path: "generate", body, accept: "application/zip", file: "digits.zip" };
  }

  return { show };
}

function seedsFrom(now) {
  const seeds = Array.from({ length: N_SEEDS }, (_, i) => following(now.first, i));
  return { source: { seeds }, seeds, names: seeds.map((seed) => `Seed ${seed}`) };
}

function neighbours(now, model) {
  const seed = Math.min(Number(now.around), MAX_SEED);
  const [from, ...directions] = [0, 1, 2].map((n) => Array.from(latentOf(following(seed, n), model.latent_size)));
  const around = Array.from({ length: 2 * REACH + 1 }, (_, i) => i - REACH);
  const steps = around.flatMap((south) => around.map((east) => [now.east + east, now.south + south]));
  const nStyle = model.latent_size - model.n_classes;
  const latents = steps.map((each) => moved(from, directions, each.map((n) => n * STEP), nStyle));
  return { source: { latents }, steps, names: steps.map(([east, south]) => `Go to ${place(east, south)}`) };
}

const start = (seed) => () => change({ around: String(seed), east: 0, south: 0 });
const go = ([east, south]) => () => change({ east, south });
const place = (east, south) => `${Math.abs(east)} ${east < 0 ? "west" : "east"}, ${Math.abs(south)} ${south < 0 ? "north" : "south"}`;

function button(src, name, onclick) {
  const made = document.createElement("button");
  const picture = Object.assign(new Image(), { src, alt: "" });
  Object.assign(made, { type: "button", onclick, title: name });
  made.setAttribute("aria-label", name);
  made.append(picture);
  return made;
}
