// @ts-check
/**
 * How soon the lab shows something, and how soon it has read its four digits, in Chromium on this machine; each time in a fresh
 * profile, without any cache. `npm run build && node bench/lab-open.mjs [--rounds 9] [--plain]`
 */
import { parseArgs } from "node:util";
import { openLab } from "./lab-page.mjs";
import { median } from "./report.mjs";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "9" },
    plain: { type: "boolean", default: false },
    executable: { type: "string", default: "/usr/bin/chromium" },
  },
});
const lab = await openLab(values);
/** @type {{ paint: number[], read: number[], compute: number[] }} */
const times = { paint: [], read: [], compute: [] };
for (let round = 0; round <= Number(values.rounds); round++) {
  const page = await lab.open();
  const seen = await page.evaluate(() => ({
    read: performance.now(),
    paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN,
    words: document.querySelector(".computed")?.textContent ?? "",
  }));
  await page.context().close();
  // The first round starts the browser's processes.
  if (round === 0) continue;
  times.paint.push(seen.paint);
  times.read.push(seen.read);
  const [, compute = "NaN", unit] = /in ([\d.]+) (ms|s)/.exec(seen.words) ?? [];
  times.compute.push(Number(compute) * (unit === "s" ? 1000 : 1));
}
await lab.close();
const ms = (/** @type {number[]} */ list) =>
  `${Math.round(median(list) ?? Number.NaN)} ms (${list.map(Math.round).join(" ")})`;
console.log(`first paint      ${ms(times.paint)}`);
console.log(`7 2 1 0 read     ${ms(times.read)}`);
console.log(`of it: computing ${ms(times.compute)}`);
