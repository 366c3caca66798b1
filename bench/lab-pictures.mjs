// @ts-check
/**
 * The pictures of docs/lab/: each station light and dark at 1440 pixels and light on a phone, as WebP, out of the built lab in Chromium.
 * `npm run build && node bench/lab-pictures.mjs [--out docs/lab] [--only train]`
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { openLab } from "./lab-page.mjs";

const { values } = parseArgs({
  options: {
    out: { type: "string", default: fileURLToPath(new URL("../docs/lab", import.meta.url)) },
    executable: { type: "string", default: "/usr/bin/chromium" },
    only: { type: "string", default: "" },
  },
});

/** Pictures end here, in pixels; the longest stations go on below. The window is as tall, so that nothing is put together of parts. */
const TALLEST = 2200;
/** What a station computes when it comes into view, and the time in which a digit or a chart moves to its place. */
const SETTLED_MS = 4000;
const kinds = /** @type {const} */ ([
  ["light", { colorScheme: "light", viewport: { width: 1440, height: TALLEST } }],
  ["dark", { colorScheme: "dark", viewport: { width: 1440, height: TALLEST } }],
  ["phone", { colorScheme: "light", viewport: { width: 360, height: TALLEST } }],
]);
/** A bar that stays in view would lie over the station; what a window leaves free below one is no part of a picture. */
const styles = `.top-bar { position: static !important; } .skip, .rail { display: none; }
  section.station { min-height: 0; padding-block: 24px !important; }
  main { padding-inline: 24px !important; }`;

const lab = await openLab({ executable: values.executable });
mkdirSync(values.out, { recursive: true });
let bytes = 0;
for (const [kind, options] of kinds) {
  // The page's policy forbids styles that are not its own.
  const page = await lab.open("", { ...options, reducedMotion: "reduce", bypassCSP: true });
  await page.addStyleTag({ content: styles });
  const names = await page.locator("section.station").evaluateAll((sections) => sections.map(({ id }) => id));
  for (const name of names.filter((each) => each.includes(values.only))) {
    const station = page.locator(`section.station#${name}`);
    await station.scrollIntoViewIfNeeded();
    await station.locator(".station-instrument > *").first().waitFor();
    await page.waitForTimeout(SETTLED_MS);
    await station.evaluate((section) => section.scrollIntoView({ block: "start", behavior: "instant" }));
    const { y, height } = (await station.boundingBox()) ?? { y: 0, height: 1 };
    const [top, { width }] = [Math.max(0, y), options.viewport];
    const shot = await page.screenshot({ clip: { x: 0, y: top, width, height: Math.min(height, TALLEST - top) } });
    const picture = await sharp(shot).webp({ quality: 62, effort: 6 }).toBuffer();
    bytes += picture.length;
    writeFileSync(join(values.out, `${name}-${kind}.webp`), picture);
  }
  await page.close();
}
await lab.close();
console.log(`${bytes} bytes of pictures in ${values.out}`);
