import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { goldenChecks } from "../nn/check-golden.ts";
import { casesOf, opNames } from "../ops/case-graph.ts";
import { sourceAliases } from "../source-aliases.ts";
import { goldenRunNames } from "../train/golden-run.ts";
import { hasGoldenRuns, readGoldenRun } from "../train/golden-run-files.ts";
import type { PageDevice, pageFunctions, ServedRun } from "./conformance-page/main.ts";
import { buildSite, isolation, removeSite, type ServedSite, type Site, serveSite, startBrowser } from "./site.ts";

const devices: readonly PageDevice[] = ["cpu", "gpu"];
const PATIENCE = 400_000;

/** The golden runs as files for the page. */
async function servedRuns(): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const name of goldenRunNames) {
    const { run, initial, final, images, labels, testImages } = await readGoldenRun(name);
    const shapes = { images: images.shape, labels: labels.shape, testImages: testImages.shape };
    files.set(`/${name}/run`, new TextEncoder().encode(JSON.stringify({ run, shapes } satisfies ServedRun)));
    const numbers = {
      initial,
      final,
      images: Float32Array.from(images.data),
      labels: Int32Array.from(labels.data),
      testImages: Float32Array.from(testImages.data),
    };
    for (const [field, { buffer }] of Object.entries(numbers)) files.set(`/${name}/${field}`, new Uint8Array(buffer));
  }
  return files;
}

let site: Site;
let server: ServedSite;
let browser: Browser;
beforeAll(async () => {
  site = await buildSite(fileURLToPath(new URL("conformance-page", import.meta.url)), sourceAliases);
  server = await serveSite(site, isolation, hasGoldenRuns ? await servedRuns() : new Map());
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
  if (site !== undefined) removeSite(site);
});

async function onPage<T>(use: (page: Page) => Promise<T>): Promise<T> {
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE);
  await page.goto(server.address);
  await page.waitForSelector("body[data-ready]", { state: "attached" });
  const result = await use(page);
  await page.close();
  return result;
}

/** The page's functions are its globals. */
type PageGlobals = typeof globalThis & typeof pageFunctions;

describe.each(devices)("Chromium's %s", (device) => {
  test("gives what every case means, and Keras's numbers", { timeout: PATIENCE }, async () => {
    const result = await onPage((page) =>
      page.evaluate((name) => (globalThis as PageGlobals).runConformance(name), device),
    );
    expect(result.failures).toEqual([]);
    const all = opNames.flatMap(casesOf).length + goldenChecks.length;
    expect(result.cases).toBe(device === "cpu" ? all : opNames.length);
  });

  describe.skipIf(!hasGoldenRuns)("golden runs (../shared/golden)", () => {
    test.each(goldenRunNames)("%s", { timeout: PATIENCE }, (name) =>
      onPage((page) =>
        page.evaluate(([run, on]) => (globalThis as PageGlobals).runGoldenRun(run, on, 1e-4), [name, device] as const),
      ),
    );
  });
});
