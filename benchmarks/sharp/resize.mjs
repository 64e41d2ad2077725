// Resizes one file again and again: node resize.mjs FILE WIDTH SECONDS DIRECTORY [synced]; prints a line of JSON.
// The outputs are written with the settings of ours; those of PNG and WebP are sharp's defaults.

import { existsSync, readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";

const [file, width, seconds, directory, synced] = process.argv.slice(2);
const output = join(directory, `sharp.${file.split(".").pop()}`);

sharp.cache(false);
sharp.concurrency(1);

const sync = async (path) => {
  const opened = await open(path);
  await opened.sync();
  await opened.close();
};

const resize = async () => {
  await sharp(file)
    .autoOrient()
    .resize({ width: Number(width) })
    .jpeg({ quality: 80, optimiseCoding: false, force: false })
    .png({ compressionLevel: 6, adaptiveFiltering: false, force: false })
    .webp({ quality: 80, effort: 4, force: false })
    .toFile(output);
  if (synced) {
    await sync(output);
    await sync(directory);
  }
};

// MiB; see programs/resizing.py.
const peakMemory = () =>
  existsSync("/proc/self/status")
    ? Number(readFileSync("/proc/self/status", "utf8").match(/VmHWM:\s*(\d+)/)[1]) / 1024
    : process.resourceUsage().maxRSS / 1024;

await resize();
let images = 0;
const began = performance.now();
const before = process.cpuUsage();
while (performance.now() - began < Number(seconds) * 1000) {
  await resize();
  images += 1;
}
const took = (performance.now() - began) / 1000;
const used = process.cpuUsage(before);
console.log(
  JSON.stringify({
    rate: images / took,
    processor: (used.user + used.system) / 1000 / images,
    peak: peakMemory(),
    output,
    versions: { sharp: sharp.versions.sharp, "sharp's libvips": sharp.versions.vips },
  }),
);
