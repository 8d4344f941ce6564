// Knows how pictures and files get from an answer onto the page and the disk. Does not know what they show.

/** Shows a picture in an element, and lets go of the one before. */
export function put(image, blob, description) {
  const before = image.src;
  image.onload = () => {
    if (before.startsWith("blob:")) URL.revokeObjectURL(before); // shown until then
    fit(image);
  };
  resized.observe(image);
  image.src = URL.createObjectURL(blob);
  image.alt = description;
}

// Pixels are to be seen where there is room for them; where there is not, leaving some out would break thin strokes.
const fit = (image) => image.classList.toggle("reduced", image.naturalWidth > image.clientWidth * devicePixelRatio);
const resized = new ResizeObserver((entries) => entries.forEach(({ target }) => fit(target)));

/** Hands a file to the browser's downloads. */
export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // the browser reads it after the click
}

export const inline = (png) => `data:image/png;base64,${png}`;
