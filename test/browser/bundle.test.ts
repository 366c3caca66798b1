/** What a page with one CNN on the CPU loads, in bytes: until it shows, and until it has trained and predicted. */
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import type { Browser } from "playwright-core";
import { build, type Rolldown } from "vite";
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
  expect(shown).toBeLessThan(59_500);
  expect(trained).toBeLessThan(146_000);
  expect([...loaded].some((name) => name.includes("cpu-device"))).toBe(true);
  expect([...loaded].filter((name) => /gpu|adapter|reference|winograd|others/.test(name))).toEqual([]);
  await page.close();
});

test("threads start while the code of the first call is on its way", async () => {
  const page = await browser.newPage();
  const thread = page.waitForEvent("worker");
  let held = 0;
  await page.route(/model-calls/, async (route) => {
    held++;
    await thread;
    await route.continue();
  });
  await page.goto(server.address);
  await page.click("button");
  await page.waitForSelector("body[data-predicted]");
  expect(held).toBe(1);
  await page.close();
});

/** Bytes, gzipped, of what a page loads for some names of fovea/plot. */
async function sizeOfFigures(names: string): Promise<number> {
  const entry = "figures-of-the-test.js";
  const built = await build({
    configFile: false,
    logLevel: "silent",
    resolve: { alias: packageAliases() },
    plugins: [
      {
        name: "figures",
        resolveId: (id) => (id.endsWith(entry) ? id : undefined),
        load: (id) => (id.endsWith(entry) ? `export { ${names} } from "fovea/plot";` : undefined),
      },
    ],
    // Not as a library, whose blanks Vite keeps.
    build: {
      write: false,
      target: "esnext",
      rolldownOptions: { input: entry, preserveEntrySignatures: "strict" },
    },
  });
  const { output } = (Array.isArray(built) ? built[0] : built) as Rolldown.RolldownOutput;
  // What is loaded at once: tensors, for example, bring along how a notebook shows them, which a page never asks for.
  const code = output.map((file) => (file.type === "chunk" && !file.isDynamicEntry ? file.code : ""));
  return gzipSync(code.join(""), { level: 9 }).length;
}

test("figures are small, and a page loads those that it uses", async () => {
  expect(await sizeOfFigures("draw, toSvg, themes, markAt")).toBeLessThan(4_600);
  expect(await sizeOfFigures("lineChart, draw")).toBeLessThan(8_400);
  // With tensors, and Vite's helper that loads what they load.
  expect(await sizeOfFigures("mapGrid, draw")).toBeLessThan(11_500);
  const all = Object.keys(await import("fovea/plot"));
  expect(await sizeOfFigures(all.join(", "))).toBeLessThan(34_500);
});
