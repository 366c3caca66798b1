import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { casesOf, opNames } from "../ops/case-graph.ts";
import type { ConformanceResult } from "./conformance-page/main.ts";
import { buildSite, removeSite, type ServedSite, type Site, serveSite, startBrowser } from "./site.ts";

let site: Site;
let server: ServedSite;
let browser: Browser;
beforeAll(async () => {
  site = await buildSite(fileURLToPath(new URL("conformance-page", import.meta.url)));
  server = await serveSite(site, true);
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
  if (site !== undefined) removeSite(site);
});

test.each(["cpu", "gpu"])("Chromium's %s gives what every case means", { timeout: 400_000 }, async (name) => {
  const page = await browser.newPage();
  page.setDefaultTimeout(400_000);
  await page.goto(server.address);
  await page.waitForSelector("body[data-ready]", { state: "attached" });
  const result = await page.evaluate(
    (device) =>
      (globalThis as unknown as { runConformance(name: string): Promise<ConformanceResult> }).runConformance(device),
    name,
  );
  expect(result.failures).toEqual([]);
  expect(result.cases).toBe(opNames.flatMap(casesOf).length);
  await page.close();
});
