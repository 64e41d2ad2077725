// Resizes one file again and again: node resize.mjs FILE WIDTH SECONDS DIRECTORY; prints a line of JSON.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";

const [file, width, seconds, directory] = process.argv.slice(2);
const output = join(directory, `sharp.${file.split(".").pop()}`);

sharp.cache(false);
sharp.concurrency(1);

const resize = () => sharp(file).autoOrient().resize({ width: Number(width) }).toFile(output);

// MiB; see programs/resizing.py.
const peakMemory = () =>
  existsSync("/proc/self/status")
    ? Number(readFileSync("/proc/self/status", "utf8").match(/VmHWM:\s*(\d+)/)[1]) / 1024
    : process.resourceUsage().maxRSS / 1024;

await resize();
let images = 0;
const began = performance.now();
while (performance.now() - began < Number(seconds) * 1000) {
  await resize();
  images += 1;
}
const took = (performance.now() - began) / 1000;
console.log(
  JSON.stringify({
    rate: images / took,
    peak: peakMemory(),
    output,
    versions: { sharp: sharp.versions.sharp, "sharp's libvips": sharp.versions.vips },
  }),
);
