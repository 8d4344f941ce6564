// Knows how grey pixels become a picture that any browser shows. Does not know what they show.

const HEAD = 14 + 40; // bytes of the file's header and of the picture's
const GREYS = 256;

/** Returns a data address of a Windows bitmap, which needs no compression and no checksum: shown, never kept. */
export function bitmap(pixels, width, height) {
  const stride = Math.ceil(width / 4) * 4; // each row begins at a whole word
  const start = HEAD + 4 * GREYS;
  const bytes = new Uint8Array(start + stride * height);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]); // BM
  view.setUint32(2, bytes.length, true);
  view.setUint32(10, start, true);
  view.setUint32(14, HEAD - 14, true);
  view.setInt32(18, width, true);
  view.setInt32(22, -height, true); // from the top down
  view.setUint16(26, 1, true); // plane
  view.setUint16(28, 8, true); // bits a pixel
  for (let grey = 0; grey < GREYS; grey++) bytes.fill(grey, HEAD + 4 * grey, HEAD + 4 * grey + 3);
  for (let y = 0; y < height; y++) bytes.set(pixels.subarray(y * width, (y + 1) * width), start + y * stride);
  return `data:image/bmp;base64,${btoa(String.fromCharCode(...bytes))}`;
}
