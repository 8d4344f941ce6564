// Knows the film between seeds: its strip, how it plays, how it is saved. Does not know how frames come about.

import { ask } from "./api.js";
import { latest } from "./latest.js";
import { images } from "./maker.js";
import { save } from "./pictures.js";
import { MAX_SEED } from "./seeds.js";
import { change, state } from "./state.js";

const SAVED_SCALE = 8;
const N_KEYS = 4;
const ROLLED_BELOW = 10_000;

export function film(models, say) {
  const screen = document.getElementById("screen");
  const strip = document.getElementById("strip");
  const play = document.getElementById("play");
  let frames = [];
  let at = 0;
  let timer;
  let body;

  function look(i) {
    at = i;
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
    play.setAttribute("aria-pressed", "false");
  }

  function start() {
    play.textContent = "Pause";
    play.setAttribute("aria-pressed", "true");
    tick();
  }

  const shot = latest(async (request, signal) => {
    frames = (await images(request, signal)).map(({ src }) => src);
    strip.replaceChildren(...frames.map((src) => Object.assign(new Image(), { src, alt: "" })));
    look(Math.min(at, frames.length - 1));
    say();
  }, say);

  const saved = (accept, name) => async () => {
    try {
      const asked = { ...body, scale: SAVED_SCALE, frame_ms: state.pause };
      save(await (await ask({ path: "interpolate", body: asked, accept })).blob(), name);
    } catch (error) {
      say(error);
    }
  };

  play.onclick = () => (timer ? stop() : start());
  document.getElementById("save-apng").onclick = saved("image/apng", "digits.png");
  document.getElementById("save-gif").onclick = saved("image/gif", "digits.gif");
  document.getElementById("roll-keys").onclick = () =>
    change({ keys: Array.from({ length: N_KEYS }, () => Math.floor(Math.random() * ROLLED_BELOW)).join() });

  function show(now) {
    const [model, version] = now.model.split(" ");
    const seeds = now.keys.split(",").map((seed) => Math.min(Number(seed), MAX_SEED));
    const labels = models.get(now.model).n_classes ? { labels: now.filmDigit } : {};
    body = { seeds, ...labels, steps: now.steps, loop: now.loop, model, version, truncation: now.truncation };
    shot({ by: now.by, path: "interpolate", body });
    const asked = { ...body, scale: SAVED_SCALE, frame_ms: now.pause };
    return { path: "interpolate", body: asked, accept: "image/apng", file: "digits.png" };
  }

  return { show, stop };
}
