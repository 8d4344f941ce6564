// Knows the view that fetches a data set, and how far it has come. Does not know what files hold.

import { ask } from "./api.js";
import { save } from "./pictures.js";
import { state } from "./state.js";

const FILES = {
  "application/zip": "digits.zip",
  "application/x-tar": "digits.tar",
  "application/vnd.apache.parquet": "digits.parquet",
};

export function dataset(say) {
  const fetchButton = document.getElementById("fetch");
  const stopButton = document.getElementById("stop");
  const bar = document.getElementById("progress");
  const note = document.getElementById("progress-note");
  let work;

  async function download() {
    work = new AbortController();
    say();
    bar.value = 0;
    showWork(true);
    try {
      const request = requestFor(state);
      const answer = await ask(request, work.signal);
      const pieces = [];
      let received = 0;
      const total = Number(answer.headers.get("content-length")); // 0 where it is compressed on the way
      for await (const piece of chunks(answer.body)) {
        pieces.push(piece);
        received += piece.length;
        if (total) bar.value = received / total;
        else bar.removeAttribute("value");
        note.textContent = total ? `${megabytes(received)} of ${megabytes(total)}` : megabytes(received);
      }
      bar.value = 1;
      save(new Blob(pieces, { type: request.accept }), request.file);
      note.textContent = `${request.file}: ${request.body.count.toLocaleString("en")} images, ${megabytes(received)}`;
    } catch (error) {
      note.textContent = error.name === "AbortError" ? "Stopped" : "";
      if (error.name !== "AbortError") say(error);
    }
    showWork(false);
  }

  function showWork(isWorking) {
    fetchButton.disabled = isWorking;
    stopButton.hidden = !isWorking;
    bar.hidden = !isWorking;
    if (isWorking) note.textContent = "Waiting for the first images";
  }

  fetchButton.onclick = download;
  stopButton.onclick = () => work.abort();
  return requestFor;
}

function requestFor(now) {
  const [model, version] = now.model.split(" ");
  const body = { count: now.count, seed: now.start, model, version, truncation: now.truncation };
  return { path: "dataset", body, accept: now.format, file: FILES[now.format] ?? "digits" };
}

async function* chunks(stream) {
  const reader = stream.getReader(); // not every browser reads a stream in a loop by itself
  const next = () => reader.read().catch(brokenOff);
  for (let { done, value } = await next(); !done; { done, value } = await next()) yield value;
}

function brokenOff(error) {
  throw error.name === "AbortError" ? error : new Error("the download broke off, and nothing was saved; try it again");
}

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
