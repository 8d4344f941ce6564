// Fills the pieces of a page with the modules of the service's own page, which the site holds as they are.

if (document.querySelector("[data-piece]")) {
  const { fill } = await import("./page/learn/learn.js");
  await fill(document, "h3");
}
