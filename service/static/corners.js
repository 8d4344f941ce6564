// Knows the square between four digits, and the picture that follows the pointer in it. Does not know how latents mix.

import { latest } from "./latest.js";
import { mixed, nearest } from "./latents.js";
import { images } from "./maker.js";
import { following, latentOf } from "./seeds.js";
import { change } from "./state.js";

const COPIED_SCALE = 12; // the page itself enlarges, which keeps each answer small

export function corners(models, say) {
  const pad = document.getElementById("pad");
  const dot = document.getElementById("dot");
  const mix = document.getElementById("mix");
  const thumbnails = [...pad.querySelectorAll(".corner")];

  const ends = latest(async (request, signal) => {
    (await images(request, signal)).forEach(({ src, seed }, i) => {
      Object.assign(thumbnails[i], { src, alt: `Corner ${i + 1}: seed ${seed}` });
    });
  }, say);
  const middle = latest(async (request, signal) => {
    const [{ src }] = await images(request, signal);
    Object.assign(mix, { src, alt: "A digit between the four corners" });
    say();
  }, say);

  const follow = ({ clientX, clientY }) => {
    const { left, top, width, height } = pad.getBoundingClientRect();
    const within = (part) => Number(Math.min(1, Math.max(0, part)).toFixed(3));
    change({ across: within((clientX - left) / width), down: within((clientY - top) / height) });
  };
  pad.addEventListener("pointerdown", (event) => {
    pad.setPointerCapture(event.pointerId);
    follow(event);
  });
  pad.addEventListener("pointermove", (event) => pad.hasPointerCapture(event.pointerId) && follow(event));

  function show(now) {
    const model = models.get(now.model);
    const [name, version] = now.model.split(" ");
    const options = { model: name, version, truncation: now.truncation };
    const seeds = [0, 1, 2, 3].map((n) => following(now.corner, n));
    const labels = model.n_classes ? [...now.cornerDigits].map(Number) : undefined;
    ends({ by: now.by, path: "generate", body: { seeds, labels, ...options, scale: 2 } });
    const latents = seeds.map((seed) => Array.from(latentOf(seed, model.latent_size)));
    const latent = mixed(latents, now.across, now.down, model.latent_size - model.n_classes);
    const body = { latents: [latent], labels: labels?.[nearest(now.across, now.down)], ...options };
    middle({ by: now.by, path: "generate", body });
    dot.style.left = `${now.across * 100}%`;
    dot.style.top = `${now.down * 100}%`;
    return { path: "generate", body: { ...body, scale: COPIED_SCALE }, accept: "image/png", file: "between.png" };
  }

  return { show };
}
