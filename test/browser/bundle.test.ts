/** What a page with one CNN on the CPU loads, in bytes: until it shows, and until it has trained and predicted. */
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  buildSite,
  isolation,
  packageAliases,
  removeSite,
  type ServedSite,
  type Site,
  serveSite,
  startBrowser,
} from "./site.ts";

let site: Site;
let server: ServedSite;
let browser: Browser;
beforeAll(async () => {
  site = await buildSite(fileURLToPath(new URL("cnn-page", import.meta.url)), packageAliases());
  server = await serveSite(site, isolation);
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
  if (site !== undefined) removeSite(site);
});

const gzipped = (names: Iterable<string>) =>
  [...names].reduce((sum, name) => {
    const { code } = site.chunks.find((chunk) => chunk.name === name)!;
    return sum + gzipSync(code, { level: 9 }).length;
  }, 0);

test("a page with one CNN loads little, and no device that it does not use", async () => {
  const loaded = new Set<string>();
  const page = await browser.newPage();
  page.on("request", (request) => {
    const path = new URL(request.url()).pathname.slice(1);
    if (path.endsWith(".js")) loaded.add(path);
  });
  await page.goto(server.address);
  await page.waitForSelector("body[data-ready]");
  const shown = gzipped(loaded);
  await page.click("button");
  await page.waitForSelector("body[data-predicted]");
  expect(await page.getAttribute("body", "data-predicted")).toBe("32x10");
  const trained = gzipped(loaded);
  expect(shown).toBeLessThan(64_000);
  expect(trained).toBeLessThan(125_500);
  expect([...loaded].some((name) => name.includes("cpu-device"))).toBe(true);
  expect([...loaded].filter((name) => /gpu|adapter|reference|winograd|others/.test(name))).toEqual([]);
  await page.close();
});
