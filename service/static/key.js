// Knows the box in which a key is entered. Does not know what keys open.

const box = document.getElementById("key");
let entered; // the one answer that all who ask meanwhile wait for

/** Returns the key that the user enters; asks once, however many wait. */
export function enterKey(why) {
  entered ??= new Promise((resolve) => {
    box.querySelector("p").textContent = `The service says: ${why}.`;
    box.addEventListener("cancel", (event) => event.preventDefault());
    box.querySelector("form").onsubmit = (event) => {
      event.preventDefault();
      entered = undefined;
      box.close();
      resolve(box.querySelector("input").value.trim());
    };
    box.showModal();
  });
  return entered;
}
