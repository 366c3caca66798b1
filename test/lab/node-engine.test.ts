/** `fovea lab --run`: the page of a process that computes for it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { LabSite, pressKey, readDigits } from "./page.ts";

let site: LabSite;

beforeAll(async () => {
  site = await LabSite.start();
});
afterAll(() => site?.close());

test("digits are read and a run trains in Node; both end with the page", async () => {
  const { page, complaints, close } = await site.open({ kind: "node", hash: "#v=1&at=train" });
  expect((await readDigits(page)).replace(/\D/g, "").slice(0, 4)).toBe("7210");
  expect(await page.locator("body").textContent()).toMatch(/CPU, \d+ threads? of Node/);
  expect(site.engines.size).toBe(1);
  // The engine is not in the page.
  expect(page.workers()).toEqual([]);
  await pressKey(page.locator("#train").getByRole("button", { name: "Start before the first step", exact: true }));
  await page.locator('#train [data-row="w + move"]').waitFor();
  await pressKey(page.locator("#train").getByRole("button", { name: "Take the step", exact: true }));
  await page.locator('#train [data-row="w, foretold"]').waitFor();
  const [foretold, value] = await Promise.all(
    ["w, foretold", "w"].map(async (name) => {
      const text = await page.locator(`#train [data-row="${name}"]`).textContent();
      return Number(text?.replace("−", "-"));
    }),
  );
  expect(Math.abs(foretold!)).toBeGreaterThan(0);
  expect(value).toBeCloseTo(foretold!, 6);
  await close();
  await expect.poll(() => site.engines.size).toBe(0);
  expect(complaints).toEqual([]);
});

test("a process that ends its engine is told of, and the next question starts another", async () => {
  const { page, close } = await site.open({ kind: "node" });
  await readDigits(page);
  site.engines.close();
  await page.getByText("The engine stopped: the process that served it has ended it.").first().waitFor();
  await close();
});
