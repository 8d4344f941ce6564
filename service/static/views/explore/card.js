// The card of a hand that was chosen on the map: all ten digits of it, its token, and where it leads.

import { find } from "../../shell/elements.js";
import { sheet } from "../../drawing/makers.js";
import { text } from "../../shell/messages.js";
import { classesOf, drawsDigits, isInColour, versionOf, writes } from "../../shell/models.js";
import { latestOnly } from "../../shell/pictures.js";
import { copy } from "../../shell/clipboard.js";

/** @import { ImagesBody } from "../../drawing/inference.js" */
/** @import { Maker } from "../../drawing/makers.js" */
/** @import { HandsMap } from "./map.js" */
/** @import { Models } from "../../shell/models.js" */
/** @import { Context, Offer } from "../../shell/page.js" */
/** @typedef {{ x: number, y: number }} Point in columns and rows of the map */

const TEN_COLUMNS = 5;
const TEN_HEIGHT = 112;

/**
 * Returns the name of the hand at a place: its seed, or the seeds that it is a mix of.
 *
 * @param {HandsMap} map
 * @param {Point} point
 */
export function nameOf(map, { x, y }) {
  const { of } = map.handAt(x, y);
  return of.length === 1
    ? text("explore.seed", { seed: of[0] })
    : text("explore.mix_name", { seeds: of.join(text("explore.and")) });
}

/**
 * Returns the card of a hand: all ten digits of it, and what can be done with it.
 *
 * @param {Models} models
 * @param {Context["say"]} say
 */
export function cardOf(models, say) {
  const card = find("#card", HTMLElement);
  const name = find("#card-name", HTMLElement);
  const ten = find("#ten", HTMLCanvasElement);
  const write = find("#write", HTMLAnchorElement);
  const around = find("#around", HTMLButtonElement);
  const token = find("#token", HTMLInputElement);
  const copied = find("#token-copied", HTMLElement);
  const summary = find("#summary", HTMLElement);
  const panel = find(".panel", HTMLDetailsElement);

  find("#copy-token", HTMLElement).onclick = () => copy(token.value, copied);

  const drawTen = latestOnly(async (/** @type {{ body: ImagesBody, by: Maker, looks: object }} */ wish, signal) => {
    const picture = await sheet(wish, TEN_COLUMNS, wish.looks, signal);
    [ten.width, ten.height] = [picture.width, picture.height];
    ten.getContext("2d")?.drawImage(picture, 0, 0);
    picture.close();
  }, say);

  return {
    around,
    /** Opens the sheet that has the card, where it is one. */
    show: () => (panel.open = true),
    focus: () => name.focus(),
    /**
     * @param {{ model: string, truncation: number, by: Maker }} now
     * @param {{ hand: string, place: Point | undefined }} chosen
     * @param {HandsMap | undefined} map
     * @returns {Offer | undefined}
     */
    update(now, { hand, place }, map) {
      const model = models.get(now.model);
      card.hidden = !hand || !map;
      summary.textContent = text("shell.options");
      find("#none", HTMLElement).hidden = !card.hidden;
      if (!hand || !map) return undefined;
      const title = hand.startsWith("h") ? text("explore.mix") : text("explore.seed", { seed: hand });
      name.textContent = summary.textContent = title; // the sheet of a phone is named by what it opens
      const isMix = place && hand.startsWith("h");
      find("#mix", HTMLElement).textContent = isMix ? nameOf(map, place) : "";
      find("#mix", HTMLElement).hidden = !isMix;
      around.disabled = !place;
      write.hidden = !writes(model);
      around.hidden = !map.hasMixes;
      write.href = models.toWrite({ ...now, hand });
      find("#text-of-it", HTMLElement).hidden = !map.hasMixes;
      if (map.hasMixes) token.value = map.tokenOf(hand);
      const labels = classesOf(model).map((_, label) => label);
      const source = hand.startsWith("h")
        ? { hands: labels.map(() => hand) }
        : { seeds: labels.map(() => Number(hand)) };
      const shown = labels.length ? { ...source, labels } : { seeds: [Number(hand)] };
      const body = { ...shown, ...versionOf(now.model), truncation: now.truncation };
      const isInk = !isInColour(model);
      const looks = isInk ? { ink: true, height: TEN_HEIGHT } : {};
      ten.classList.toggle("colour", !isInk);
      ten.ariaLabel = text(drawsDigits(model) && labels.length ? "explore.ten" : "explore.images", { hand: title });
      drawTen({ body, by: now.by, looks: now.by === "server" ? looks : {} });
      const file = `hand-${hand.slice(0, 16)}.png`;
      return {
        path: "generate",
        body: { ...body, ...looks, columns: TEN_COLUMNS, padding: 0 },
        accept: "image/png",
        file,
      };
    },
  };
}
