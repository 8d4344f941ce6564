// Knows how pictures and files get from an answer onto the page and the disk. Does not know what they show.

/** Shows a picture in an element, and lets go of the one before. */
export function put(image, blob, description) {
  const before = image.src;
  image.onload = () => before.startsWith("blob:") && URL.revokeObjectURL(before); // shown until then
  image.src = URL.createObjectURL(blob);
  image.alt = description;
}

/** Hands a file to the browser's downloads. */
export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // the browser reads it after the click
}

export const inline = (png) => `data:image/png;base64,${png}`;
