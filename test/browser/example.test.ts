import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startFirefox } from "../../bench/firefox.mjs";
import { guess, loadDigits, makeModel, type Settings, train } from "../../examples/browser/src/training.ts";
import {
  buildSite,
  findFirefox,
  isolation,
  packageAliases,
  removeSite,
  type ServedSite,
  type Site,
  serveSite,
  startBrowser,
} from "./site.ts";

const settings: Settings = { device: "cpu", filters: [8, 4], images: 200, batchSize: 20, epochs: 2 };

let site: Site;
let browser: Browser;
const servers: Record<"isolated" | "plain", ServedSite> = {} as never;

beforeAll(async () => {
  site = await buildSite(fileURLToPath(new URL("../../examples/browser", import.meta.url)), packageAliases());
  browser = await startBrowser();
  servers.isolated = await serveSite(site, isolation);
  servers.plain = await serveSite(site, {});
});
afterAll(async () => {
  await browser?.close();
  await Promise.all(Object.values(servers).map((server) => server.close()));
  if (site !== undefined) removeSite(site);
});

type Kind = keyof typeof servers;

/** Opens the page; what goes wrong in it is collected. */
async function open(kind: Kind, opener = browser): Promise<{ page: Page; complaints: string[] }> {
  const page = await opener.newPage();
  page.setDefaultTimeout(90_000);
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  await page.goto(servers[kind].address);
  await page.waitForSelector("body[data-ready]");
  return { page, complaints };
}

async function fill(page: Page, { device, filters, images, batchSize, epochs }: Settings): Promise<void> {
  await page.selectOption("select[name=device]", device);
  await page.selectOption("select[name=filters]", filters.join(","));
  // Playwright's fill writes behind what is there, in Firefox.
  for (const [name, value] of Object.entries({ images, batchSize, epochs }))
    await page.locator(`input[name=${name}]`).evaluate((input: HTMLInputElement, to) => {
      input.valueAsNumber = to;
    }, value);
}

/** The page's last words after a training, e.g. "Done in 1.2 s, …". */
async function trainOn(page: Page, wanted: Settings): Promise<string> {
  await fill(page, wanted);
  await page.click("button[name=train]");
  await page.waitForFunction(() => !document.querySelector<HTMLButtonElement>("button[name=train]")?.disabled);
  return (await page.textContent("#status")) ?? "";
}

/** The same training in Node: the last loss and what the model reads. */
async function trainInNode(wanted: Settings): Promise<{ loss: string; digits: number[] }> {
  const model = makeModel(wanted);
  const { train: training, test } = await loadDigits(wanted.images);
  await train(model, training, wanted, new AbortController().signal);
  const guesses = await guess(model, test.images);
  return { loss: model.history!.latest!.logs.loss!.toFixed(4), digits: guesses.map(({ digit }) => digit) };
}

describe("the bundle", () => {
  test("is made without a warning, with the worker in a file of its own", () => {
    expect(site.warnings).toEqual([]);
    expect(site.chunks.filter(({ name }) => /worker/.test(name))).toHaveLength(1);
  });

  test("asks for nothing of Node", () => {
    for (const { name, code } of site.chunks) expect(code, name).not.toMatch(/(from|import\()\s*["'`]node:/);
  });

  test("stays small, with the parts that are loaded when they are asked for: devices, files of models", () => {
    const bytes = site.chunks
      .filter(({ name }) => name.endsWith(".js"))
      .reduce((sum, { code }) => sum + gzipSync(code).length, 0);
    expect(bytes).toBeLessThan(265_000);
  });
});

/** Trains on the CPU to the numbers that Node gets. */
async function trainAsNode(kind: Kind, opener = browser): Promise<void> {
  const { page, complaints } = await open(kind, opener);
  const [words, inNode] = [await trainOn(page, settings), await trainInNode(settings)];
  expect(words).toMatch(/^Done in /);
  expect(words).toContain(`loss ${inNode.loss},`);
  expect(words).toContain(kind === "isolated" ? "worker thread" : "the page is not cross-origin isolated");
  const read = await page.$$eval("#digits figcaption", (captions) =>
    captions.map((caption) => Number(caption.textContent?.split(" ")[0])),
  );
  expect(read).toEqual(inNode.digits);
  expect(await page.$$eval("#curves polyline", (lines) => lines.length)).toBe(2);
  expect(complaints).toEqual([]);
  await page.close();
}

const firefox = findFirefox();

describe.runIf(firefox !== undefined)("in Firefox", () => {
  let ownBrowser: Browser;
  beforeAll(async () => {
    ownBrowser = await startFirefox(firefox!);
  });
  afterAll(() => ownBrowser?.close());

  test.each(["isolated", "plain"] as const)(
    "trains on the CPU to the numbers that Node gets, in a page that is %s",
    (kind) => trainAsNode(kind, ownBrowser),
  );
});

describe.each(["isolated", "plain"] as const)("a %s page", (kind) => {
  test("trains on the CPU to the numbers that Node gets", () => trainAsNode(kind));

  test("stops in the midst of a training", async () => {
    const { page, complaints } = await open(kind);
    await fill(page, { ...settings, images: 2000, epochs: 50 });
    await page.click("button[name=train]");
    await page.waitForFunction(() => document.querySelector("#status")?.textContent?.startsWith("Epoch"));
    await page.click("button[name=stop]");
    await page.waitForFunction(() => document.querySelector("#status")?.textContent === "Stopped.");
    expect(complaints).toEqual([]);
    await page.close();
  });

  test("can be left in the midst of a training", async () => {
    const { page, complaints } = await open(kind);
    await fill(page, { ...settings, images: 2000, epochs: 50 });
    await page.click("button[name=train]");
    await page.waitForFunction(() => document.querySelector("#status")?.textContent?.startsWith("Epoch"));
    await page.goto("about:blank");
    expect(complaints).toEqual([]);
    await page.close();
  });
});

test("a page trains on the GPU to nearly the same numbers", async () => {
  const { page, complaints } = await open("isolated");
  const [words, inNode] = [await trainOn(page, { ...settings, device: "gpu" }), await trainInNode(settings)];
  expect(words).toMatch(/^Done in .* Ran on the GPU: /);
  const loss = Number(/loss ([\d.]+),/.exec(words)?.[1]);
  expect(Math.abs(loss - Number(inNode.loss)) / Number(inNode.loss)).toBeLessThan(1e-3);
  expect(complaints).toEqual([]);
  await page.close();
});
