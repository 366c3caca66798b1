// @ts-check
/**
 * How soon the lab answers clicks while it trains: from the press to the frame that shows it, by the browser's own event timing,
 * over at least 60 steps. `npm run build && node bench/lab-clicks.mjs [--steps 60] [--plain]`
 */
import { parseArgs } from "node:util";
import { openLab } from "./lab-page.mjs";
import { median } from "./report.mjs";

const { values } = parseArgs({
  options: {
    steps: { type: "string", default: "60" },
    plain: { type: "boolean", default: false },
    executable: { type: "string", default: "/usr/bin/chromium" },
  },
});
/** The bound, in milliseconds. */
const BOUND = 100;
/** Time between two clicks. */
const PAUSE = 150;

const lab = await openLab(values);
const page = await lab.open();
await page.evaluate(() => {
  const times = /** @type {number[]} */ ([]);
  Object.assign(globalThis, { times });
  new PerformanceObserver((list) => {
    for (const { name, duration } of list.getEntries()) if (name === "click") times.push(duration);
  }).observe(/** @type {PerformanceObserverInit} */ ({ type: "event", durationThreshold: 16 }));
});
const step = async () => Number(/step (\d+) of/.exec((await page.locator(".run-state").textContent()) ?? "")?.[1] ?? 0);
await page.getByRole("button", { name: "Train one yourself" }).click();
await page.locator(".run-state", { hasText: /^step [1-9]/ }).waitFor();
const digits = page.locator(".see-thumbnails button");
const first = await step();
const start = performance.now();
let clicks = 0;
while ((await step()) < first + Number(values.steps)) {
  await digits.nth(clicks++ % 4).click();
  await page.waitForTimeout(PAUSE);
}
const seconds = (performance.now() - start) / 1000;
const slow = await page.evaluate(() => /** @type {{ times: number[] }} */ (/** @type {unknown} */ (globalThis)).times);
await lab.close();
// Events of less than 16 ms are not told of.
const times = [...slow, ...new Array(Math.max(0, clicks - slow.length)).fill(16)].sort((a, b) => a - b);
const late = times.filter((time) => time > BOUND).length;
console.log(`${values.steps} steps in ${seconds.toFixed(1)} s, ${clicks} clicks`);
console.log(
  `from click to paint: median ${median(times)} ms, 95 % ${times[Math.floor(0.95 * (times.length - 1))]} ms, longest ${times.at(-1)} ms`,
);
console.log(`${late} of ${times.length} over ${BOUND} ms`);
process.exitCode = late > 0 ? 1 : 0;
