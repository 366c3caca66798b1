// @ts-check
/**
 * What the lab's page, its worker and their threads keep after each of many runs: bytes by the browser's own count
 * (`performance.measureUserAgentSpecificMemory`), which takes it up to a minute each. `npm run build && node bench/lab-memory.mjs [--runs 20] [--steps 5]`
 */
import { parseArgs } from "node:util";
import { openLab } from "./lab-page.mjs";
import { median } from "./report.mjs";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "20" },
    steps: { type: "string", default: "5" },
    executable: { type: "string", default: "/usr/bin/chromium" },
  },
});
const lab = await openLab(values);
const page = await lab.open();
const state = page.locator(".run-state");
/** @type {number[]} */
const sizes = [];
for (let run = 0; run < Number(values.runs); run++) {
  await page.getByRole("button", { name: /^Train (one yourself|another one)/ }).click();
  const reached = new RegExp(`^step ([${values.steps}-9]|\\d\\d+) of`);
  await state.filter({ hasText: reached }).waitFor();
  await page.locator(".top-bar").getByRole("button", { name: "stop" }).click();
  await state.filter({ hasText: "stopped" }).waitFor();
  const bytes = await page.evaluate(async () => {
    const memory = /** @type {{ measureUserAgentSpecificMemory(): Promise<{ bytes: number }> }} */ (
      /** @type {unknown} */ (performance)
    );
    return (await memory.measureUserAgentSpecificMemory()).bytes;
  });
  sizes.push(bytes / 1e6);
  console.log(`run ${run + 1}: ${sizes.at(-1)?.toFixed(1)} MB`);
}
await lab.close();
const half = Math.floor(sizes.length / 2);
const [before, after] = [sizes.slice(2, half), sizes.slice(half)].map((part) => median(part) ?? Number.NaN);
console.log(`median of runs 3 to ${half}: ${before?.toFixed(1)} MB, of the later ones: ${after?.toFixed(1)} MB`);
