// The choice of the class that hands draw: one for all of them, by buttons or from a list, and one for a single hand.

import { find, make } from "./elements.js";
import { text } from "./messages.js";
import { classesOf, isOfDigits } from "./models.js";

/** @import { Model } from "./models.js" */

const MOST_BUTTONS = 10; // more are chosen from a list

/**
 * Sets up the choice; returns a function that offers a model's classes and shows which are chosen.
 *
 * @param {(label: number) => void} forAll called when a class is chosen for all hands
 * @param {(label: number) => void} forOne called when a class is chosen for the hand in the field
 * @returns {(model: Model, labels: number[], key: number) => void} labels of all hands, and which of them is in the field
 */
export function choiceOfClasses(forAll, forOne) {
  const [all, one] = [find("#classes", HTMLElement), find("#own-class", HTMLElement)];
  const [ofAll, ofOne] = [all, one].map((each) => find("select", HTMLSelectElement, each));
  const list = find("#list-of-classes", HTMLElement);
  /** @type {string | undefined} */
  let offered; // names of classes
  ofAll.onchange = () => forAll(Number(ofAll.value));
  ofOne.onchange = () => forOne(Number(ofOne.value));

  /** @param {Model} model */
  function offer(model) {
    const names = classesOf(model);
    if (offered === names.join()) return;
    offered = names.join();
    for (const select of [ofAll, ofOne])
      select.replaceChildren(...names.map((name, label) => new Option(name, String(label))));
    ofAll.hidden = names.length <= MOST_BUTTONS && names.every((name) => name.length === 1);
    const buttons = (ofAll.hidden ? names : []).map((name, label) =>
      make("button", { type: "button", textContent: name, onclick: () => forAll(label) }),
    );
    const place = find("div", HTMLElement, all);
    place.hidden = !ofAll.hidden;
    place.replaceChildren(...buttons);
    all.hidden = one.hidden = list.hidden = !names.length;
    const isDigit = isOfDigits(model);
    for (const each of document.querySelectorAll(".class"))
      each.textContent = text(isDigit ? "shell.digit" : "shell.class");
    find("span", HTMLElement, list).textContent = text(isDigit ? "between.digits" : "between.classes");
  }

  return (model, labels, key) => {
    offer(model);
    const common = new Set(labels).size === 1 ? labels[0] : -1;
    ofAll.value = String(common);
    ofOne.value = String(labels[key]);
    all.querySelectorAll("button").forEach((each, label) => (each.ariaPressed = String(label === common)));
  };
}
