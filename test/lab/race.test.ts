/** Station 7 in Chromium: a race by keyboard, its table, and a stop. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { LabSite, pressKey } from "./page.ts";

let site: LabSite;
beforeAll(async () => {
  site = await LabSite.start();
});
afterAll(() => site?.close());

test("devices are measured and compared; a race can be stopped", async () => {
  const { page, complaints, strangers, close } = await site.open({
    hash: "#v=1&at=race",
    reducedMotion: "reduce",
  });
  await page.locator("#race").getByLabel("WebGPU").uncheck();
  await pressKey(page.locator("#race").getByRole("button", { name: "20", exact: true }));
  const start = page.getByRole("button", { name: "Start the race" });
  await pressKey(start);
  const rows = page.locator(".rc-times tbody tr");
  await expect.poll(() => rows.count(), { timeout: 90_000 }).toBe(2);
  await expect.poll(() => start.isEnabled(), { timeout: 90_000 }).toBe(true);
  const cells = await rows.first().locator("td").allTextContents();
  const [median, p95, speed] = cells.slice(3, 6).map((text) => Number.parseFloat(text.replace(",", "")));
  expect(median!).toBeLessThanOrEqual(p95!);
  // Steps of 32 images. Half of them take the median or longer, so the mean is at least half of it.
  expect(speed!).toBeGreaterThan(0);
  expect(speed!).toBeLessThan(((2 * 32_000) / median!) * 1.02);
  expect(await page.locator(".rc-verdict").textContent()).toMatch(/^Pass: the losses are the same numbers/);
  // With reduced motion nothing moves: the picture of the finish stands.
  expect(await page.getByRole("button", { name: "Replay the race" }).count()).toBe(0);
  expect(await page.locator(".rc-done").allTextContents()).toContain("20 of 20 steps");

  await start.click();
  await page.locator("#race").getByRole("button", { name: "Stop" }).click();
  await expect.poll(() => page.locator("#race").textContent()).toContain("The race was stopped");
  expect([complaints, strangers]).toEqual([[], []]);
  await close();
});
