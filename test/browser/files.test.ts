/** Models, checkpoints and images in a page: the browser's own places and decoders. */
import { fileURLToPath } from "node:url";
import { loadModel, tensor } from "fovea";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import golden from "../golden/data-files.json" with { type: "json" };
import { sourceAliases } from "../source-aliases.ts";
import { goldenBytes, goldenPath } from "../storage/golden-files.ts";
import type { pageFunctions } from "./files-page/main.ts";
import { buildSite, isolation, removeSite, type ServedSite, type Site, serveSite, startBrowser } from "./site.ts";

type Functions = typeof pageFunctions;

let site: Site;
let server: ServedSite;
let browser: Browser;
let page: Page;
beforeAll(async () => {
  site = await buildSite(fileURLToPath(new URL("files-page", import.meta.url)), sourceAliases);
  const page404 = new TextEncoder().encode("<!doctype html><title>Not here</title>");
  server = await serveSite(
    site,
    isolation,
    new Map([
      ["/mobile.keras", goldenBytes("mobile.keras")],
      ["/page.keras", page404],
    ]),
  );
  browser = await startBrowser();
  page = await browser.newPage();
  await page.goto(server.address);
  await page.waitForSelector("body[data-ready]", { state: "attached" });
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
  if (site !== undefined) removeSite(site);
});

/** Calls a function of the page. */
const call = <N extends keyof Functions>(name: N, ...given: Parameters<Functions[N]>) =>
  page.evaluate(
    ([of, list]) => (globalThis as unknown as Record<string, (...given: unknown[]) => unknown>)[of]!(...list),
    [name, given] as const,
  ) as Promise<Awaited<ReturnType<Functions[N]>>>;

describe("models in a page", () => {
  test("each of the browser's places gives the model back, bit for bit", async () => {
    const { expected, found, step } = await call("savePlaces");
    expect(Object.keys(found)).toHaveLength(9);
    for (const [place, numbers] of Object.entries(found)) expect([place, numbers]).toEqual([place, expected]);
    // Six steps of training in each format that holds an optimizer: all but model.json.
    expect(step).toBe(6 * 6);
  });

  test("a download is a file that opens in Node", async () => {
    const [file, expected] = await Promise.all([page.waitForEvent("download"), call("download", "digits.keras")]);
    expect(file.suggestedFilename()).toBe("digits.keras");
    const model = await loadModel(await file.path(), { device: "reference" });
    const x = tensor(
      Float32Array.from({ length: 48 }, (_, i) => Math.sin(i)),
      [12, 4],
    );
    const { data } = (await model.predict(x as never, { verbose: 0 })) as { data: ArrayLike<number> };
    for (const [i, value] of Array.from(data).entries()) expect(value).toBeCloseTo(expected[i]!, 5);
  });

  test("an address is read, from the server of the page", async () => {
    const { countParams } = await loadModel(goldenPath("mobile.keras")).then((model) => ({
      countParams: model.countParams(),
    }));
    expect(await call("openAddress", "mobile.keras")).toBe(countParams);
    expect(await call("openAddress", `${server.address}mobile.keras`)).toBe(countParams);
  });

  test.each([
    ["opfs://nothing.keras", "InputOutputError", "opfs://nothing.keras"],
    ["indexeddb://nothing", "InputOutputError", "indexeddb://nothing"],
    ["downloads://digits.keras", "ArgumentError", "a page cannot read downloads"],
    ["models/digits.keras", "InputOutputError", "a browser has no paths"],
  ])("%s is refused with words", async (place, error, words) => {
    const message = await call("refusal", place);
    expect(message).toContain(`${error}: `);
    expect(message).toContain(words);
  });

  test("a page that came instead of the file is named as such", async () => {
    const message = await call("refusal", `${server.address}page.keras`);
    expect(message).toContain("FormatError");
    expect(message).toContain("A page that a server sent instead of the file looks like this");
  });

  test.each(["opfs://backup", "indexeddb://backup"])("a run goes on from %s bit for bit", async (backupDir) => {
    for (const steps of [2, 4]) {
      const { resumed, whole } = await call("resume", `${backupDir}-${steps}`, steps);
      expect(resumed).toEqual(whole);
    }
  });
});

/** The largest difference of a byte from what PIL gives: JPEG decoders round the colours of a block differently. */
const slack: Readonly<Record<string, number>> = { "photo.jpg": 3, "turned.jpg": 3, "grey.jpg": 1 };

describe("images in a page", () => {
  test.each(golden.images)("$name is read as Keras reads it", async ({ name, file, size, ...bytes }) => {
    for (const colorMode of ["grayscale", "rgb", "rgba"] as const) {
      const image = await call("readImage", [...Buffer.from(file, "base64")], colorMode);
      expect(image.shape).toEqual([...size, { grayscale: 1, rgb: 3, rgba: 4 }[colorMode]]);
      const expected = Buffer.from(bytes[colorMode], "base64");
      const gap = image.data.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0);
      expect([name, colorMode, gap <= (slack[name] ?? 0)]).toEqual([name, colorMode, true]);
    }
  });

  test.each([
    ["gradient.png", 0],
    ["gradient.jpg", 120],
    ["gradient.webp", 120],
  ])("%s is written and read", async (name, gap) => {
    const { shape, data } = await call("writeImage", name);
    expect(shape).toEqual([5, 7, 3]);
    for (const [i, value] of data.entries()) expect(Math.abs(value - ((i * 37) % 256))).toBeLessThanOrEqual(gap);
  });
});
