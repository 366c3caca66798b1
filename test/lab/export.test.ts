import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { loadModel } from "fovea";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { imagesTensor } from "../../lab/src/engine/networks.ts";
import { parseSamples } from "../../lab/src/state/samples.ts";
import { LabSite, type OpenedLab, pressKey } from "./page.ts";

/** The engine answers in turn: the first answers wait for all figures of the station. */
const PATIENCE = { timeout: 60_000 };

let site: LabSite;
let lab: OpenedLab;
let page: Page;
const folder = mkdtempSync(join(tmpdir(), "fovea-lab-files-"));

beforeAll(async () => {
  site = await LabSite.start();
  lab = await site.open({ hash: "#v=1&at=export" });
  ({ page } = lab);
});
afterAll(async () => {
  await lab?.close();
  await site?.close();
  rmSync(folder, { recursive: true });
});

/** Presses a button by keyboard; where the file that it saves lies. */
async function saved(button: string | RegExp): Promise<string> {
  const place = page.locator("#export").getByRole("button", { name: button });
  await expect.poll(() => place.isEnabled(), PATIENCE).toBe(true);
  const [download] = await Promise.all([page.waitForEvent("download"), pressKey(place)]);
  const path = join(folder, download.suggestedFilename());
  await download.saveAs(path);
  return path;
}

test("the network that the page saves reads the digits in Node", async () => {
  const path = await saved("Save network.keras");
  const model = await loadModel(path);
  model.compile({ device: "cpu" });
  const { images } = parseSamples(readFileSync(new URL("../../lab/assets/digits.u8", import.meta.url)));
  const tensor = imagesTensor(images.slice(0, 4 * 784));
  const answers = await (model as unknown as { predict(x: typeof tensor, o: object): Promise<typeof tensor> }).predict(
    tensor,
    { verbose: 0 },
  );
  expect(Array.from(answers.argMax().data)).toEqual([7, 2, 1, 0]);
});

test("the report holds the answers, runs nothing, and opens as a file; answers outlive a reload", async () => {
  const words = "Five by five <script>document.title = 'run'</script> pixels";
  await page.getByLabel(/How many pixels/).fill(words);
  await page.reload();
  await expect.poll(() => page.getByLabel(/How many pixels/).inputValue(), PATIENCE).toBe(words);
  const path = await saved(/Save report.html/);
  expect(lab.complaints).toEqual([]);
  const context = await site.browser.newContext();
  const report = await context.newPage();
  const complaints: string[] = [];
  report.on("console", (message) => complaints.push(message.text()));
  await report.goto(pathToFileURL(path).href);
  expect(await report.title()).toBe("Report on a convolutional network");
  expect(await report.locator("body").textContent()).toContain(words);
  expect(await report.locator("script").count()).toBe(0);
  expect(await report.locator("svg").count()).toBe(5);
  expect(complaints).toEqual([]);
  await context.close();
});
