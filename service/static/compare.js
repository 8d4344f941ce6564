// Knows the view of two models side by side: samples by the same seeds, how each was trained, figures of their cards.

import { askJson, askPicture } from "./api.js";
import { curves } from "./curves.js";
import { latest } from "./latest.js";
import { put } from "./pictures.js";
import { following } from "./seeds.js";

const ROWS = 4;
const COLUMNS = 10;
const SCALE = 2;
const SIDES = ["left", "right"];

export function compare(models, say) {
  const body = document.getElementById("figures");
  const heads = document.querySelectorAll("#compare thead th");

  const samples = SIDES.map((side) =>
    latest(async ({ request, name }, signal) => {
      const image = document.querySelector(`#${side} img`);
      put(image, await askPicture(request, signal), `${ROWS * COLUMNS} digits by ${name}`);
      say();
    }, say),
  );
  const cards = latest(async (names, signal) => {
    const found = await Promise.all(names.map((name) => askJson({ path: cardPath(name) }, signal)));
    found.forEach(({ card }, i) => {
      document.querySelector(`#${SIDES[i]} p`).textContent = card.description;
      document.getElementById(`${SIDES[i]}-curves`).replaceChildren(...curves(card.history, names[i]));
    });
    body.parentElement.hidden = false;
    body.replaceChildren(...rows(found.map(({ card }) => card)));
  }, say);

  return (now) => {
    SIDES.forEach((side, i) => {
      document.querySelector(`#${side} h3`).textContent = heads[i + 1].textContent = now[side];
      samples[i]({ name: now[side], request: sheet(now[side], models, now.samples) });
    });
    cards(SIDES.map((side) => now[side]));
    return { path: cardPath(now.left), file: "card.json" };
  };
}

const cardPath = (name) => `models/${name.replace(" ", "/")}`;

function sheet(name, models, first) {
  const seeds = Array.from({ length: ROWS * COLUMNS }, (_, i) => following(first, i));
  const labels = models.get(name).n_classes ? seeds.map((_, i) => i % COLUMNS) : undefined;
  const [model, version] = name.split(" ");
  return { path: "generate", body: { seeds, labels, model, version, columns: COLUMNS, scale: SCALE } };
}

function rows(cards) {
  const plain = [
    ["parameters", "weights of the generator", (card) => card.n_parameters],
    ["multiply adds", "of one image", (card) => card.multiply_adds],
    ["size", "of the file, in bytes", (card) => card.file.size_bytes],
    ["precision of the weights", "", (card) => card.precision],
    ["trained on", "images seen, repeated ones counted again", (card) => card.training?.images],
  ];
  const scores = [...new Set(cards.flatMap((card) => Object.keys(card.metrics)))].map((name) => [
    name.replaceAll("_", " ").replace("frechet", "Frechet"),
    cards.map((card) => card.metrics[name]?.definition).find(Boolean),
    (card) => card.metrics[name]?.value,
  ]);
  return [...scores, ...plain].map(([name, definition, valueOf]) => row(name, definition, cards.map(valueOf)));
}

function row(name, definition, values) {
  const made = document.createElement("tr");
  const head = document.createElement("th");
  head.scope = "row";
  head.append(name, Object.assign(document.createElement("small"), { textContent: definition }));
  made.append(head, ...values.map((value) => Object.assign(document.createElement("td"), { textContent: shown(value) })));
  return made;
}

function shown(value) {
  if (typeof value !== "number") return value ?? "–";
  return value.toLocaleString("en", Number.isInteger(value) ? {} : { maximumSignificantDigits: 3 });
}
