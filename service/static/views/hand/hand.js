// The view Your hand: from a digit on paper to the hand that it is written in.

import { find } from "../../shell/elements.js";
import { choice, hand, model, narrowed, number, numberOf, whole } from "../../shell/fields.js";
import { fits, styleOf, tokenOf } from "../../shell/hand.js";
import { turned } from "../../drawing/latents.js";
import { obstacle } from "../../drawing/makers.js";
import { count, text } from "../../shell/messages.js";
import { isOfDigits, writes } from "../../shell/models.js";
import { open, served } from "../../shell/page.js";
import { paper } from "./paper.js";
import { photos } from "./photos.js";
import { Reader } from "./reader.js";
import { at } from "../../shell/root.js";
import { latentOf } from "../../drawing/seeds.js";
import { remark } from "../../shell/state.js";
import { offerOf, writing } from "./writing.js";

/** @import { Context, Offer } from "../../shell/page.js" */
/** @import { Point } from "./paper.js" */
/** @typedef {import("../../shell/state.js").State<ReturnType<typeof fields>>} Now */

/**
 * @param {import("../../shell/limits.js").Limits} limits
 * @param {import("../../shell/models.js").Models} models
 */
const fields = (limits, models) => ({
  model: model(models.reader),
  hand: hand(limits.seed, ""),
  digits: numberOf(narrowed(limits.digits, { least: 1, most: limits.images }), "2026"),
  stranger: whole(limits.seed, 12),
  towards: number({ least: 0, most: 1 }, 0), // 0 is one's own hand, 1 the stranger's
  reader: { ...choice(["server", "browser"], "browser"), isWritten: false }, // a link has no drawing
});

// A 3 in hundredths of the paper's side, for those who cannot draw.
const EXAMPLE = [
  30, 22, 40, 14, 54, 13, 64, 20, 65, 31, 58, 41, 44, 46, 58, 49, 68, 58, 70, 70, 63, 82, 50, 87, 36, 85, 27, 77,
];

/**
 * Returns a function that shows a state and returns the request behind the number, if there is a hand.
 *
 * @param {Context} context
 * @returns {(now: Now) => Offer | undefined}
 */
function view({ models, say }) {
  const lead = find("#lead", HTMLElement);
  const likeness = find("#likeness", HTMLElement);
  const ten = find("#ten", HTMLElement);
  const written = find("#written", HTMLElement);
  const withHand = find("#with-hand", HTMLElement);
  const toWrite = find("#write", HTMLAnchorElement);
  const permanent = find("#permanent", HTMLAnchorElement);
  const canvas = find("#paper", HTMLCanvasElement);
  const photo = find("#photo", HTMLInputElement);
  const obstruction = obstacle(models, text("hand.sent_instead"));
  const write = writing(models, say);
  const sheet = paper(canvas, () => {
    canvas.classList.toggle("blank", sheet.isBlank());
    reader.changed();
  });
  const reader = new Reader(models, sheet, obstruction, say);

  canvas.addEventListener("pointerenter", () => reader.begin());
  photo.addEventListener("click", () => reader.begin());
  photos(photo, (file) => sheet.put(file).catch(say));
  find("#undo", HTMLElement).onclick = sheet.undo;
  find("#clear", HTMLElement).onclick = sheet.clear;
  find("#example", HTMLElement).onclick = () => sheet.write(EXAMPLE);
  document.addEventListener("keydown", (event) => {
    const isElsewhere =
      event.target instanceof Element && event.target.closest("input:not([type=file]), select, dialog");
    const isUndo = event.key === "z" && (event.ctrlKey || event.metaKey) && !event.shiftKey;
    if (isElsewhere || sheet.isBlank() || !(isUndo || event.key === "Escape")) return;
    event.preventDefault();
    if (isUndo) sheet.undo();
    else sheet.clear();
  });

  return (now) => {
    if (!models.reader) {
      find("#hand", HTMLElement).inert = true;
      say(new Error(text("hand.no_reader")));
      return undefined;
    }
    served(models, "model", models.reader, ({ encoder }) => encoder !== null);
    if (obstruction) now.reader = "server";
    reader.look(); // another model or reader may be chosen
    const model = models.get(now.model);
    lead.textContent = isOfDigits(model) ? text("hand.lead") : text("hand.lead_classes", { n: count(model.n_classes) });
    const style = styleOf(now.hand);
    const hasHand = style !== undefined && fits(now.hand, model);
    if (!fits(now.hand, model)) remark(text("shell.other_model", { hand: now.hand, model: now.model }));
    const { isRead, isHere } = reader.made(hasHand ? now.hand : "");
    likeness.hidden = !isRead;
    ten.hidden = !hasHand;
    written.hidden = withHand.hidden = !hasHand || !writes(model);
    if (!hasHand) return undefined;
    const stranger = Array.from(latentOf(now.stranger, style.length));
    const hand = now.towards ? tokenOf(turned(style, stranger, now.towards, style.length)) : now.hand;
    const words = { hand, digits: now.digits, name: now.model };
    write(words, isHere);
    if (!writes(model)) return undefined;
    const offer = offerOf(words, "svg");
    permanent.href = at(offer.path);
    toWrite.href = models.toWrite({ hand, model: now.model, digits: now.digits });
    return offer;
  };
}

open({ name: "hand", fields, view });
