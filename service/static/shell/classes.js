// The choice of a class that is drawn: by buttons or, where there are many or their names are long, from a list.

import { find, make } from "./elements.js";
import { text } from "./messages.js";
import { classesOf, isOfDigits } from "./models.js";

/** @import { Model } from "./models.js" */

const MOST_BUTTONS = 12;

/**
 * Sets up a choice; returns a function that offers a model's classes, and shows which one is chosen.
 *
 * @param {string} selector of the element that has a name and a list, and a place for buttons if there may be any
 * @param {(label: number) => void} choose
 * @param {number} [longest] characters of a name that a button has room for
 * @returns {(model: Model, label: number) => void} no class of the model where none is chosen
 */
export function choiceOfClasses(selector, choose, longest = Infinity) {
  const place = find(selector, HTMLElement);
  const select = find("select", HTMLSelectElement, place);
  const buttons = place.querySelector("div");
  /** @type {string | undefined} */
  let offered; // names of classes
  select.onchange = () => choose(Number(select.value));

  /** @param {Model} model */
  function offer(model) {
    const names = classesOf(model);
    if (offered === names.join()) return;
    offered = names.join();
    const isList = !buttons || names.length > MOST_BUTTONS || names.some((name) => name.length > longest);
    place.hidden = !names.length;
    select.hidden = !isList;
    select.replaceChildren(...names.map((name, label) => new Option(name, String(label))));
    find("span", HTMLElement, place).textContent = text(isOfDigits(model) ? "shell.digit" : "shell.class");
    if (!buttons) return;
    buttons.hidden = isList;
    const press = (/** @type {number} */ label) => () => choose(label);
    buttons.replaceChildren(
      ...(isList ? [] : names).map((name, label) =>
        make("button", { type: "button", textContent: name, onclick: press(label) }),
      ),
    );
  }

  return (model, label) => {
    offer(model);
    select.value = String(label);
    for (const [i, button] of [...(buttons?.children ?? [])].entries()) button.ariaPressed = String(i === label);
  };
}
