/** Station 11 in Chromium: a digit moved by keys, and boxes that are those computed in Node. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compileNetwork, makeHandout, readWeights } from "../../lab/src/engine/networks.ts";
import { imageOf, parseSamples } from "../../lab/src/state/samples.ts";
import { CLASSES, drawPage } from "../../lab/src/stations/applications/state.ts";
import { look } from "../../lab/src/stations/applications/tasks.ts";
import { goToStation, LabSite, readDigits } from "./page.ts";

let site: LabSite;
beforeAll(async () => {
  site = await LabSite.start();
});
afterAll(() => site?.close());

const asset = (name: string) => readFileSync(new URL(`../../lab/assets/${name}`, import.meta.url));

test("a digit moves by keys, and the boxes are those of the new page", async () => {
  const hash = "#v=1&at=applications&applications.page=0,2,5;1,50,50&applications.ink=5";
  const { page, complaints, strangers, close } = await site.open({ hash });
  const first = page.locator(".ap-digit").first();
  await first.focus();
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("ArrowDown");
  await expect.poll(() => first.getAttribute("aria-label")).toContain("at row 3, column 9");
  await expect.poll(() => page.evaluate(() => location.hash)).toContain(encodeURIComponent("0,3,9;1,50,50"));

  const model = compileNetwork(makeHandout(), { device: "cpu" });
  model.setWeights(readWeights(new Uint8Array(asset("weights.f16")).buffer, model));
  const samples = parseSamples(asset("digits.u8"));
  const placed = [
    { sample: 0, y: 3, x: 9 },
    { sample: 1, y: 50, x: 50 },
  ];
  const drawn = drawPage(placed, (at) => imageOf(samples, at));
  const context = {
    signal: new AbortController().signal,
    progress: () => undefined,
    withModel: <T>(_: unknown, work: (asked: typeof model) => Promise<T>) => work(model),
  };
  const input = {
    page: drawn,
    at: "shipped",
    run: 0,
    threshold: 0.9,
    overlap: 0.2,
    ink: 0.05,
    onlyCentred: true,
  } as const;
  const { scores, columns } = await look(input, context);
  const rows = () =>
    page
      .locator(".ap-boxes tbody tr")
      .evaluateAll((each) => each.map((row) => [...row.querySelectorAll("td")].map((cell) => cell.textContent)));
  await page.getByLabel("Only windows with centred ink").check();
  await expect
    .poll(async () => (await rows()).filter((row) => row.at(-1) === "right").length, { timeout: 20_000 })
    .toBe(2);
  // Which of several certain windows is the best one depends on rounding; what is said of each does not.
  for (const [taken, score, top, left] of await rows()) {
    const at = (Number(top) * columns + Number(left)) * CLASSES + Number(taken);
    expect(Number(score)).toBeCloseTo(scores[at]!, 3);
  }

  await first.press("Delete");
  await expect.poll(() => page.locator(".ap-digit").count()).toBe(1);
  await page.getByRole("button", { name: "Empty the page" }).click();
  await expect
    .poll(() => page.locator("#applications").textContent())
    .toContain("window of empty paper the network says");
  expect([complaints, strangers]).toEqual([[], []]);
  await close();
});

test("the programs' networks: weights are read when the station asks, a task by its button, a picture by its number", async () => {
  const { page, complaints, strangers, close } = await site.open({ reducedMotion: "reduce" });
  const read: string[] = [];
  page.on("request", (request) => {
    const [name] = /(detection|segmentation|search|programs)-[\w-]+\.(q8|js)$/.exec(request.url()) ?? [];
    if (name !== undefined) read.push(name.replace(/-.*\./, "."));
  });
  await readDigits(page);
  await page.waitForLoadState("networkidle");
  expect(read).toEqual([]);
  await goToStation(page, "applications");
  const taught = page.locator(".ap-trained");
  await expect
    .poll(() => taught.textContent(), { timeout: 30_000 })
    .toMatch(/\d+ found, \d+ box(es)? of something else/);
  expect(read.sort()).toEqual(["detection.q8", "programs.js"]);
  await taught.getByRole("button", { name: "segmentation" }).click();
  await expect.poll(() => taught.textContent(), { timeout: 30_000 }).toMatch(/9\d\.\d % of the pixels/);
  await taught.getByRole("button", { name: "search" }).click();
  await expect.poll(() => taught.textContent(), { timeout: 30_000 }).toMatch(/[0-7] of the seven nearest/);
  expect(read.sort()).toEqual(["detection.q8", "programs.js", "search.q8", "segmentation.q8"]);
  await taught.locator("[data-key='12']").last().click();
  expect(await taught.getByLabel("Picture that is asked for").first().inputValue()).toBe("12");
  await expect.poll(() => page.evaluate(() => location.hash)).toContain("applications.asked=12");
  await taught.getByRole("button", { name: "New scenes" }).click();
  await expect.poll(() => taught.textContent()).toContain("Scenes 2.");
  expect([complaints, strangers]).toEqual([[], []]);
  await close();
});

test("the networks answer in the process that serves the page, too", async () => {
  const { page, complaints, close } = await site.open({ kind: "node", hash: "#v=1&at=applications" });
  const taught = page.locator(".ap-trained");
  await expect
    .poll(() => taught.textContent(), { timeout: 60_000 })
    .toMatch(/\d+ found, \d+ box(es)? of something else/);
  await taught.getByRole("button", { name: "search" }).click();
  await expect.poll(() => taught.textContent(), { timeout: 60_000 }).toMatch(/[0-7] of the seven nearest/);
  expect(complaints).toEqual([]);
  await close();
});

test("with them the whole lab stays below 1.5 MB, packed", () => {
  const files = readdirSync(site.site.folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  const bytes = files.map(({ parentPath, name }) => gzipSync(readFileSync(join(parentPath, name))).length);
  expect(bytes.length).toBeGreaterThan(50);
  expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(1_500_000);
});
