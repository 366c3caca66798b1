/** Station 2 in Chromium: the bar by keyboard, and numbers on the page that are those of Node. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compileNetwork, makeHandout, readWeights } from "../../lab/src/engine/networks.ts";
import { summariseSelectivity } from "../../lab/src/stations/receptive-fields/network.ts";
import { simpleRate } from "../../lab/src/stations/receptive-fields/state.ts";
import { light } from "../../lab/src/stations/receptive-fields/stimulus.ts";
import { tuning } from "../../lab/src/stations/receptive-fields/tasks.ts";
import { LabSite } from "./page.ts";

let site: LabSite;
beforeAll(async () => {
  site = await LabSite.start();
});
afterAll(() => site?.close());

const bar = { shape: "bar", y: 14, x: 14, length: 16, width: 1.6 } as const;
const words = (rate: number) => `${rate.toFixed(0)}/s`;

test("the bar moves and turns by keys, and the neurons answer as in Node", async () => {
  const { page, complaints, close } = await site.open({ hash: "#v=1&at=receptive-fields" });
  const rates = page.locator("#receptive-fields .rf-rate");
  const stage = page.locator(".rf-stage");
  await stage.focus();
  const seen = (angle: number, down = 0) => light({ ...bar, angle, y: bar.y + down });
  const rateOf = (angle: number, shown: Float32Array) => words(simpleRate({ y: 14, x: 14, angle }, shown));
  await expect.poll(() => rates.nth(0).textContent()).toBe(rateOf(45, seen(45)));
  for (let turn = 0; turn < 18; turn++) await page.keyboard.press("Shift+ArrowLeft");
  await expect.poll(() => rates.nth(0).textContent()).toBe("0/s");
  await expect.poll(() => rates.nth(1).textContent()).toBe(rateOf(135, seen(135)));
  for (let step = 0; step < 3; step++) await page.keyboard.press("ArrowDown");
  await expect.poll(() => rates.nth(1).textContent()).toBe(rateOf(135, seen(135, 3)));
  expect(await stage.getAttribute("aria-label")).toContain("bar at 135° at row 17, column 14");
  await expect.poll(() => page.url()).toContain("receptive-fields.angle=135");
  expect(complaints).toEqual([]);
  await close();
});

test("the network's selectivity, the measured field and the proof", async () => {
  const { page, complaints, strangers, close } = await site.open({
    hash: "#v=1&at=receptive-fields&layer=conv2d_1&channel=0&unit=5,15",
  });
  const bytes = readFileSync(new URL("../../lab/assets/weights.f16", import.meta.url));
  const model = compileNetwork(makeHandout(), { device: "cpu" });
  model.setWeights(
    readWeights(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer, model),
  );
  const { selectivity } = await tuning(
    { layer: "conv2d_1", at: "shipped" },
    { signal: new AbortController().signal, progress: () => undefined, withModel: (_, work) => work(model) },
  );
  const { median, selective } = summariseSelectivity(selectivity);
  const summary = page.locator(".rf-details .rf-table tbody tr");
  await expect
    .poll(() => summary.nth(0).locator("td").nth(1).textContent(), { timeout: 30_000 })
    .toBe(median.toFixed(2));
  expect(await summary.nth(1).locator("td").nth(1).textContent()).toBe(`${selective} of 32`);
  // By keyboard to another filter, everywhere.
  const slider = page.getByLabel("Filter, by selectivity", { exact: true });
  await slider.focus();
  await page.keyboard.press("Home");
  const best = selectivity.indexOf(Math.max(...selectivity));
  await expect.poll(() => page.locator(".rf-details h3").first().textContent()).toBe(`Filter ${best}; dashed: before`);
  await expect.poll(() => page.url()).toContain(`channel=${best}`);
  // The pixel that is inverted at first lies outside of the field.
  const verdict = page.locator("#receptive-fields [data-same]");
  await expect.poll(() => verdict.getAttribute("data-same"), { timeout: 30_000 }).toBe("true");
  expect(await verdict.textContent()).toContain("outside of the field: the unit stays the same, bit for bit");
  const total = page.locator(".rf-total");
  await expect.poll(() => total.textContent()).toContain("576 products");
  const [relu, shown] = await total.locator("b").allTextContents();
  expect(Number(relu)).toBeCloseTo(Number(shown), 4);
  expect([complaints, strangers]).toEqual([[], []]);
  await close();
});

test("without motion the spikes are there, and nothing turns by itself", async () => {
  const { page, close } = await site.open({ hash: "#v=1&at=receptive-fields", reducedMotion: "reduce" });
  const train = page.locator('.rf-train[data-neuron="A"]');
  await train.waitFor();
  const ink = () =>
    train.evaluate((canvas: HTMLCanvasElement) => {
      const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height - 4);
      return data.filter((each, i) => i % 4 === 3 && each > 0).length;
    });
  await expect.poll(ink).toBeGreaterThan(100);
  expect(await page.getByRole("button", { name: "Turn the bar once around" }).count()).toBe(0);
  await close();
});
