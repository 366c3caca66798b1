import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compileNetwork, makeHandout, Networks, readWeights } from "../../lab/src/engine/networks.ts";
import { parseSamples } from "../../lab/src/state/samples.ts";
import { LabSite, type OpenedLab, pressKey } from "./page.ts";

/** Waits for what the page shows; a machine that does other things too takes its time. */
const poll = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 30_000 });

let site: LabSite;
let lab: OpenedLab;
let page: Page;

beforeAll(async () => {
  site = await LabSite.start();
  lab = await site.open({ hash: "#v=1&at=predict" });
  ({ page } = lab);
});
afterAll(async () => {
  await lab?.close();
  await site?.close();
});

const asset = (name: string) => {
  const bytes = readFileSync(new URL(`../../lab/assets/${name}`, import.meta.url));
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
};

test("the table holds what Node computes from the same weights", async () => {
  const handout = compileNetwork(makeHandout(), { device: "cpu" });
  const weights = readWeights(asset("weights.f16"), handout);
  const { images } = parseSamples(new Uint8Array(asset("digits.u8")));
  const { data } = await new Networks(handout, () => weights).predict(images.slice(0, 4 * 784), "shipped");
  const table = page.locator("#predict .predict-table");
  await table.waitFor();
  const rows = await table
    .locator("tbody tr:first-child")
    .evaluateAll((all) =>
      all.map((row) => [...row.querySelectorAll("td")].map(({ textContent }) => Number(textContent))),
    );
  expect(rows).toHaveLength(4);
  rows.forEach((cells, index) => {
    cells.slice(0, 10).forEach((value, c) => {
      expect(Math.abs(value - data[10 * index + c]!)).toBeLessThan(1e-3);
    });
    expect(cells[10]).toBeCloseTo(1, 3);
  });
});

test("the counts of the matrix are the digits, and a cell opens as many as it counts", async () => {
  const cells = page.locator("#predict .predict-matrix td button");
  await cells.first().waitFor();
  const counts = (await cells.allTextContents()).map(Number);
  expect(counts.reduce((a, b) => a + b)).toBe(100);
  await cells.first().focus();
  await page.keyboard.press("Enter");
  await poll(() => page.locator("#predict [role=option]").count()).toBe(counts[0]);
  await page.locator("#predict [role=option]").nth(1).focus();
  await page.keyboard.press("Enter");
  await poll(() => page.url()).toMatch(/sample=\d+/);
});

test("an empty pad is no digit, and a 1 is drawn by keyboard alone", async () => {
  await poll(() => page.locator("#predict .predict-nothing").textContent()).toBe("Nothing drawn");
  await page.locator("#predict .drawing-pad").focus();
  await page.keyboard.press("Space");
  for (let i = 0; i < 16; i++) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Space");
  await poll(() => page.locator("#predict .predict-stages li").last().textContent()).toMatch(/reads 1/);
  await poll(() => page.locator("#predict .predict-shifts td").count()).toBe(49);
  await pressKey(page.locator("#predict").getByRole("button", { name: "Undo", exact: true }));
  await poll(() => page.locator("#predict .predict-nothing").count()).toBe(1);
  expect(lab.complaints).toEqual([]);
});
