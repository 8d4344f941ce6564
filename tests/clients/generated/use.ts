// Gets one digit twice by a generated client, in the answer of generate and as a picture, and prints both PNGs.

import { Configuration, DigitsApi, GenerateRequest, PicturesApi } from "./client/index.js";

declare const process: { argv: string[] };

const settings = new Configuration({ basePath: process.argv[2] });
const hex = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

const generateRequest: GenerateRequest = { seeds: [2 ** 40], labels: [3] };
const answer = await new DigitsApi(settings).generate({ generateRequest });
const picture = await new PicturesApi(settings).digit({ label: 3, hand: String(2 ** 40) });
console.log(hex(Uint8Array.from(atob(answer.images[0].png), (letter) => letter.charCodeAt(0))));
console.log(hex(new Uint8Array(await picture.arrayBuffer())));
