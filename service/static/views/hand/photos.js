// Photos for the paper: chosen, dropped on the page, or pasted.

/**
 * Calls a function with each file that the user gives.
 *
 * @param {HTMLInputElement} input
 * @param {(file: File) => void} onFile
 */
export function photos(input, onFile) {
  const give = (/** @type {FileList | undefined | null} */ files) => files?.[0] && onFile(files[0]);
  input.addEventListener("change", () => {
    give(input.files);
    input.value = ""; // so that the same file can be chosen again
  });
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    give(event.dataTransfer?.files);
  });
  document.addEventListener("paste", ({ clipboardData }) => give(clipboardData?.files));
}
