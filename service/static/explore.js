// Knows the view with the three ways to explore, and which of them is chosen. Does not know what they show.

import { corners } from "./corners.js";
import { film } from "./film.js";
import { walk } from "./walk.js";

const OF_CLASSES = ["label", "cornerDigits", "filmDigit"];

export function explore(models, say) {
  const controls = OF_CLASSES.map((name) => document.querySelector(`#explore [name=${name}]`));
  const ways = { seeds: walk(models, say), corners: corners(models, say), film: film(models, say) };
  return (now) => {
    for (const way of Object.keys(ways)) document.getElementById(way).hidden = way !== now.way;
    for (const control of controls) control.disabled = !models.get(now.model).n_classes;
    if (now.way !== "film") ways.film.stop();
    return ways[now.way].show(now);
  };
}
