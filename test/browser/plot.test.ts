/** Figures in a page under a strict policy: as SVG, on a canvas, as PNG. */
import { fileURLToPath } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PlotPage } from "./plot-page/main.ts";
import { buildSite, packageAliases, removeSite, type ServedSite, type Site, serveSite, startBrowser } from "./site.ts";

declare const plot: PlotPage;

/** No styles in attributes, no scripts from texts, nothing from elsewhere. */
const policy = { "Content-Security-Policy": "default-src 'none'; script-src 'self'; img-src 'self' data: blob:" };

let site: Site;
let server: ServedSite;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  site = await buildSite(fileURLToPath(new URL("plot-page", import.meta.url)), packageAliases());
  server = await serveSite(site, policy);
  browser = await startBrowser();
  page = await browser.newPage({ viewport: { width: 500, height: 900 } });
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => complaints.push(message.text()));
  await page.goto(server.address);
  await page.waitForSelector("body[data-ready]", { state: "attached" });
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
  if (site !== undefined) removeSite(site);
});

describe.each(["light", "dark"] as const)("%s", (theme) => {
  test("SVG, canvas and PNG show the same picture", async () => {
    const names = await page.evaluate(() => plot.names());
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) {
      const { svg, png, empty } = await page.evaluate(([each, kind]) => plot.compare(each, kind), [
        name,
        theme,
      ] as const);
      expect(empty, `${name}: something is drawn`).toBeGreaterThan(0.005);
      // Letters are placed by the fraction of a pixel.
      expect(svg, `${name}: SVG against canvas`).toBeLessThan(0.02);
      expect(png, `${name}: PNG against canvas`).toBeLessThan(0.001);
    }
  });

  test("no text leaves the picture", async () => {
    for (const name of await page.evaluate(() => plot.names())) {
      const { marks, overflow } = await page.evaluate(([each, kind]) => plot.show(each, kind), [name, theme] as const);
      expect(marks).toBeGreaterThan(5);
      expect(overflow, name).toEqual([]);
    }
  });
});

test("the browser's own parser takes hostile texts", async () => {
  for (const text of [`<a b="c"> & 'd' ]]> </svg><script>alert(1)</script>`, "漢字 😀 العربية"])
    expect(await page.evaluate((each) => plot.parse(each), text)).toEqual([]);
});

test("nothing of it breaks the policy", () => {
  expect(complaints).toEqual([]);
});
