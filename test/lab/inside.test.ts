import { readFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compileNetwork, makeHandout, readWeights } from "../../lab/src/engine/networks.ts";
import { parseSamples } from "../../lab/src/state/samples.ts";
import { look } from "../../lab/src/stations/inside/tasks.ts";
import { LabSite, type OpenedLab, pressKey } from "./page.ts";

/** The engine answers in turn: the first answers wait for all figures of the station. */
const PATIENCE = { timeout: 60_000 };

let site: LabSite;
let lab: OpenedLab;
let page: Page;

beforeAll(async () => {
  site = await LabSite.start();
  lab = await site.open({ hash: "#v=1&at=inside&layer=conv2d&channel=3" });
  ({ page } = lab);
});
afterAll(async () => {
  await lab?.close();
  await site?.close();
});

const asset = (name: string) => readFileSync(new URL(`../../lab/assets/${name}`, import.meta.url));

test("a kernel that is set to zero by keyboard reads as many digits as Node counts, and comes back", async () => {
  const model = compileNetwork(makeHandout(), { device: "cpu" });
  model.setWeights(readWeights(new Uint8Array(asset("weights.f16")).buffer, model));
  const { images, labels } = parseSamples(asset("digits.u8"));
  const edit = { filter: 3, values: new Array<number>(9).fill(0) };
  const seen = await look(
    { at: "shipped", edit, image: images.slice(0, 784), images, labels },
    {
      signal: new AbortController().signal,
      progress: () => undefined,
      withModel: (_, work) => work(model),
    },
  );
  const row = page.locator("#inside .inside-effect tbody tr");
  await row.first().waitFor();
  await pressKey(page.locator("#inside").getByRole("button", { name: "All zero" }));
  const caption = page.locator("#inside .inside-editor figcaption").last();
  await expect.poll(() => caption.textContent(), PATIENCE).toMatch(/read right/);
  const cells = await row.locator("td").allTextContents();
  expect(cells.slice(2)).toEqual([String(seen.before!.right), String(seen.right)]);
  const [answer, probability] = cells[1]!.split(" with ");
  expect(Number(probability)).toBeCloseTo(seen.probabilities[Number(answer)]!, 3);
  await pressKey(page.locator("#inside").getByRole("button", { name: "The network's own" }));
  await expect.poll(() => caption.textContent(), PATIENCE).toBe("Nothing is edited.");
});

test("a digit that the map likes is selected everywhere by keyboard", async () => {
  const liked = page.locator("#inside .inside-best button");
  await expect.poll(() => liked.count(), PATIENCE).toBe(9);
  const index = /Digit (\d+)/.exec((await liked.nth(1).getAttribute("aria-label")) ?? "")![1];
  await liked.nth(1).press("Enter");
  await expect.poll(() => page.url(), PATIENCE).toContain(`sample=${index}`);
  await expect
    .poll(() => page.locator("#inside .inside-embedding .soft").textContent(), PATIENCE)
    .toContain(`Digit ${index} `);
});

test("an image is made for the selected map", async () => {
  await pressKey(page.locator("#inside").getByRole("button", { name: "Make it" }));
  await page.locator("#inside .inside-ideal canvas").waitFor();
  expect(lab.complaints).toEqual([]);
});
