import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LabSite, type OpenedLab, pressKey } from "./page.ts";

let site: LabSite;
let lab: OpenedLab;
let page: Page;

beforeAll(async () => {
  site = await LabSite.start();
  lab = await site.open({ hash: "#v=1&at=train" });
  ({ page } = lab);
});
afterAll(async () => {
  await lab?.close();
  await site?.close();
});

const row = async (name: string) => {
  const text = await page.locator(`#train [data-row="${name}"]`).textContent();
  return Number(text?.replace("−", "-"));
};
/** Presses a button as a keyboard does. */
const press = (name: string) => pressKey(page.locator("#train").getByRole("button", { name, exact: true }));
const line = () => page.locator("#train .train-line").textContent();

test("the microscope foretells what the step does to a weight, and its gradient stands the check", async () => {
  await press("Start before the first step");
  await page.locator('#train [data-row="g"]').waitFor();
  const [gradient, checked] = [await row("g"), await row("g, checked")];
  expect(Math.abs(gradient - checked)).toBeLessThan(1e-5 + 0.01 * Math.abs(gradient));
  const [before, foretold] = [await row("w"), await row("w + move")];
  // Adam's first step is as long as the learning rate, whatever the gradient is.
  expect(Math.abs(foretold - before)).toBeCloseTo(0.001, 5);
  await press("Take the step");
  await page.locator('#train [data-row="w, foretold"]').waitFor();
  expect(await row("w")).toBeCloseTo(foretold, 6);
  expect(await row("w, foretold")).toBeCloseTo(foretold, 6);
});

test("one step is one step, and a page that is loaded again goes on where the run was", async () => {
  await press("One step");
  await expect.poll(line, { timeout: 60_000 }).toMatch(/paused after step 2/);
  await page.reload();
  await press("Go on with it");
  await expect.poll(line, { timeout: 60_000 }).toMatch(/paused after step 2/);
  await press("One step");
  await expect.poll(line, { timeout: 60_000 }).toMatch(/paused after step 3/);
  expect(lab.complaints).toEqual([]);
  expect(lab.strangers).toEqual([]);
});
