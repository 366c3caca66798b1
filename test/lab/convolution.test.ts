/** Station 3 in Chromium: the window and the kernel by keyboard, and sums that are those of Node. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { convolve, kernelOf, sumAt } from "../../lab/src/stations/convolution/state.ts";
import { LabSite } from "./page.ts";

let site: LabSite;
beforeAll(async () => {
  site = await LabSite.start();
});
afterAll(() => site?.close());

const digits = readFileSync(new URL("../../lab/assets/digits.u8", import.meta.url));
const seven = { data: Float32Array.from(digits.subarray(0, 784), (level) => level / 255), height: 28, width: 28 };
const layer = { size: 3, stride: 1, dilation: 1, padding: "valid", bias: 0, isRelu: false } as const;
const words = (value: number) => value.toFixed(3).replace("-", "−");

test("arrow keys slide the window, a typed weight changes the sum", async () => {
  const { page, complaints, strangers, close } = await site.open({ hash: "#v=1&at=convolution" });
  const sum = page.locator(".cv-sum .cv-total b").first();
  const kernel = kernelOf("sobel x", 3);
  const at = (y: number, x: number, weights = kernel) => words(sumAt(seven, { ...layer, kernel: weights }, { y, x }));
  await expect.poll(() => sum.textContent()).toBe(at(6, 18));
  await page
    .getByRole("grid", { name: /^The map/ })
    .getByRole("gridcell")
    .focus();
  for (const key of ["ArrowRight", "ArrowRight", "ArrowDown"]) await page.keyboard.press(key);
  await expect.poll(() => sum.textContent()).toBe(at(7, 20));
  await page.getByLabel("Weight in row 0, column 0").fill("3");
  await page.keyboard.press("Tab");
  await expect.poll(() => sum.textContent()).toBe(at(7, 20, [3, ...kernel.slice(1)]));
  expect(await page.getByRole("button", { name: "painted" }).getAttribute("aria-pressed")).toBe("true");
  await page.getByLabel("Products added", { exact: true }).focus();
  await page.keyboard.press("Home");
  await expect.poll(() => sum.textContent()).toBe("0.000");
  expect([complaints, strangers]).toEqual([[], []]);
  await close();
});

test("wrong settings say why beside their control; the map's size follows the formula", async () => {
  const { page, close } = await site.open({ hash: "#v=1&at=convolution&convolution.stride=2" });
  const title = page.locator("#convolution h3", { hasText: /^Map/ });
  await expect.poll(() => title.textContent()).toBe("Map, 13 × 13");
  await page.getByLabel("Dilation", { exact: true }).focus();
  await page.keyboard.press("ArrowRight");
  const fault = page.locator(".cv-controls .fault");
  await expect.poll(() => fault.textContent()).toContain("a stride above 1 or a dilation above 1, not both");
  await page.getByLabel("Stride", { exact: true }).focus();
  await page.keyboard.press("Home");
  const { height } = convolve(seven, { ...layer, dilation: 2, kernel: kernelOf("sobel x", 3) });
  await expect.poll(() => title.textContent()).toBe(`Map, ${height} × ${height}`);
  expect(await fault.count()).toBe(0);
  await close();
});

test("the 64 sums of a unit of the second layer are what its map shows", async () => {
  const { page, close } = await site.open({ hash: "#v=1&at=convolution&channel=3&unit=6,14" });
  const values = page.locator(".cv-channel-sum .cv-total b");
  await expect.poll(() => values.count(), { timeout: 30_000 }).toBe(5);
  const [, , , ours, theirs] = await values.allTextContents();
  expect(Number(ours)).toBeCloseTo(Number(theirs), 3);
  await close();
});
