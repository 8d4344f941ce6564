// Knows the view in which a number is drawn. Does not know how addresses of views are written.

import { askPicture } from "./api.js";
import { latest } from "./latest.js";
import { put } from "./pictures.js";

/** Returns what shows a state, and gives the request behind the picture. */
export function draw(models, say) {
  const section = document.getElementById("draw");
  const image = document.getElementById("drawing");
  const stage = section.querySelector(".stage");
  const note = document.getElementById("draw-note");
  const download = document.getElementById("draw-download");

  const picture = latest(async ({ request, description, invert }, signal) => {
    const blob = await askPicture(request, signal);
    put(image, blob, description);
    stage.classList.toggle("white", invert);
    download.href = image.src;
    download.download = request.file;
    say();
  }, say);

  return (now) => {
    const hasClasses = models.get(now.model).n_classes > 0;
    section.querySelector("[name=digits]").disabled = section.querySelector("[name=gap]").disabled = !hasClasses;
    note.textContent = hasClasses
      ? "One seed is one hand. Variety scales how far that hand is from the average one."
      : `${now.model} knows no classes: a seed draws what it draws.`;
    if (!image.src) stage.classList.toggle("white", now.invert); // the ground that its first picture will have
    const request = requestFor(now, hasClasses);
    const what = hasClasses ? now.digits : "A digit";
    picture({ request, description: `${what} in the hand of seed ${now.seed}`, invert: now.invert });
    return request;
  };
}

function requestFor(now, hasClasses) {
  const [model, version] = now.model.split(" ");
  const query = new URLSearchParams({ model, version, scale: now.scale });
  if (now.truncation !== 1) query.set("truncation", now.truncation);
  if (now.invert) query.set("invert", true);
  if (hasClasses && now.gap) query.set("gap", now.gap);
  const path = hasClasses ? `numbers/${now.digits}/${now.seed}.png` : `images/${now.seed}.png`;
  return { path: `${path}?${query}`, file: `${hasClasses ? now.digits : model}-${now.seed}.png` };
}
