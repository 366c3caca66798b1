/** Pages that take the modules from another origin (a CDN), with the headers of isolated pages and strict policies. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as fovea from "fovea/browser";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  buildSite,
  forOthers,
  type Headers,
  isolation,
  packageAliases,
  removeSite,
  type ServedSite,
  type Site,
  serveSite,
  startBrowser,
} from "./site.ts";

type Fovea = typeof fovea;

interface Trained {
  readonly loss: readonly number[];
  readonly description: string;
  readonly said: string;
}

/** Trains a CNN on two threads. It runs in the page too, from its text. */
async function train({ Sequential, setSeed, toCategorical, layers, datasets }: Fovea): Promise<Trained> {
  setSeed(1);
  const { train: digits } = await datasets.digits.load({ train: 96, test: 4 });
  const model = new Sequential([
    new layers.Conv2D({ filters: 8, kernelSize: 3, activation: "relu", inputShape: [28, 28, 1] }),
    new layers.Conv2D({ filters: 8, kernelSize: 3, activation: "relu" }),
    new layers.MaxPooling2D(),
    new layers.Flatten(),
    new layers.Dense({ units: 10, activation: "softmax" }),
  ]);
  model.compile({ optimizer: "adam", loss: "categorical_crossentropy", device: "cpu", threads: 2 });
  let said = "";
  const write = (text: string) => {
    said += text;
  };
  const { history } = await model.fit(digits.images, toCategorical(digits.labels, 10), {
    epochs: 3,
    verbose: 2,
    write,
  });
  return { loss: history.loss!, description: model.compiledSteps()!.device.description, said };
}

const dist = fileURLToPath(new URL("../../dist", import.meta.url));
let cdn: ServedSite;
let browser: Browser;
let expected: readonly number[];
beforeAll(async () => {
  cdn = await serveSite({ folder: dist }, forOthers);
  browser = await startBrowser();
  expected = (await train(fovea)).loss;
});
afterAll(async () => {
  await browser?.close();
  await cdn?.close();
});

/** Opens a page that trains with the modules of this address; resolves to what came of it, or to the error's words. */
async function trainOnPage(modules: string, headers: Headers): Promise<Trained | string> {
  const script = `
import * as fovea from "${modules}";
const outcome = await (${train})(fovea).catch((error) => error.name + ": " + error.message);
console.info(JSON.stringify(outcome));`;
  const files = new Map(
    Object.entries({ "/": '<!doctype html><script type="module" src="/page.js"></script>', "/page.js": script }).map(
      ([path, text]) => [path, new TextEncoder().encode(text)],
    ),
  );
  const server = await serveSite({ folder: dist }, headers, files);
  const page = await browser.newPage();
  page.setDefaultTimeout(90_000);
  try {
    // The outcome comes by the console: a strict policy forbids what else Playwright could ask of the page.
    const outcome = page.waitForEvent("console", { predicate: (message) => message.type() === "info" });
    await page.goto(server.address);
    return JSON.parse((await outcome).text());
  } finally {
    await page.close();
    await server.close();
  }
}

const policy = (text: string): Headers => ({ "Content-Security-Policy": text });

function expectTraining(outcome: Trained | string): Trained {
  if (typeof outcome === "string") throw new Error(outcome);
  expect(outcome.loss).toHaveLength(3);
  outcome.loss.forEach((loss, epoch) => {
    expect(Math.abs(loss - expected[epoch]!) / expected[epoch]!).toBeLessThan(1e-4);
  });
  return outcome;
}

const onCallingThread = "The CPU device runs on the calling thread: ";

const sources = { "the modules": "browser.js", "the one file": "browser/fovea.js" } as const;
/** Where a page takes them from. */
const addressOf = (source: keyof typeof sources) => new URL(sources[source], cdn.address).href;

// The modules are 600 files; they and the one file differ in how they start their workers.
describe.each(["the modules", "the one file"] as const)("%s from another origin", (source) => {
  test("train on all threads in an isolated page", async () => {
    const { description, said } = expectTraining(await trainOnPage(addressOf(source), isolation));
    expect(description).toContain("2 worker threads");
    expect(said).not.toContain(onCallingThread);
  });

  test("train on the calling thread under a strict policy, which is named", async () => {
    const headers = policy(
      `default-src 'none'; script-src 'self' 'wasm-unsafe-eval' ${cdn.address}; worker-src 'self'`,
    );
    const { description, said } = expectTraining(await trainOnPage(addressOf(source), { ...isolation, ...headers }));
    expect(description).toContain("the calling thread");
    expect(said.split(`${onCallingThread}the page's Content-Security-Policy forbids its workers`)).toHaveLength(2);
  });
});

describe("the one file from another origin", () => {
  const address = () => addressOf("the one file");

  test("trains on the calling thread in another page, which is told", async () => {
    const { description, said } = expectTraining(await trainOnPage(address(), {}));
    expect(description).toContain("the calling thread");
    expect(said).toContain(`${onCallingThread}the page is not cross-origin isolated`);
  });

  test("trains on all threads where the policy allows workers from a blob", async () => {
    const headers = policy(
      `default-src 'none'; script-src 'self' 'wasm-unsafe-eval' ${cdn.address}; worker-src blob:; connect-src 'none'`,
    );
    const { description } = expectTraining(await trainOnPage(address(), { ...isolation, ...headers }));
    expect(description).toContain("2 worker threads");
  });

  test("needs a policy that allows WebAssembly", async () => {
    const headers = policy(`script-src 'self' ${cdn.address}`);
    expect(await trainOnPage(address(), { ...isolation, ...headers })).toMatch(
      /^DeviceError: The CPU device needs WebAssembly, which the page's Content-Security-Policy forbids: add 'wasm-unsafe-eval'/,
    );
  });
});

describe("modules of the page's own origin", () => {
  test("train on all threads under a policy of 'self'", async () => {
    const headers = policy("default-src 'self'; script-src 'self' 'wasm-unsafe-eval'");
    const { description } = expectTraining(await trainOnPage("/browser.js", { ...isolation, ...headers }));
    expect(description).toContain("2 worker threads");
  });

  test("train on the calling thread where the policy allows no worker", async () => {
    const headers = policy("script-src 'self' 'wasm-unsafe-eval'; worker-src 'none'");
    const { said } = expectTraining(await trainOnPage("/browser.js", { ...isolation, ...headers }));
    expect(said).toContain(`${onCallingThread}the page's Content-Security-Policy forbids its workers`);
  });

  test("the one file trains on all threads, from the text of its worker", async () => {
    const { description } = expectTraining(await trainOnPage("/browser/fovea.js", isolation));
    expect(description).toContain("2 worker threads");
  });
});

test("the page of docs/browser.md trains", async () => {
  const text = readFileSync(new URL("../../docs/browser.md", import.meta.url), "utf8");
  const html = /^```html\n([\s\S]*?)^```/m.exec(text)![1]!.replace("./fovea.js", "/browser/fovea.js");
  const files = new Map([["/", new TextEncoder().encode(html.replace("train: 2000", "train: 400"))]]);
  const server = await serveSite({ folder: dist }, isolation, files);
  const page = await browser.newPage();
  await page.goto(server.address);
  await page.waitForFunction(() => document.querySelector("#log")?.textContent?.includes("The first four digits are"));
  expect(await page.textContent("#log")).toMatch(/Epoch 3\/3[\s\S]*The first four digits are \d \d \d \d\.$/);
  await page.close();
  await server.close();
});

describe("a bundle from another origin", () => {
  let site: Site;
  let assets: ServedSite;
  beforeAll(async () => {
    site = await buildSite(fileURLToPath(new URL("../../examples/browser", import.meta.url)), packageAliases());
    assets = await serveSite(site, forOthers);
  });
  afterAll(async () => {
    await assets?.close();
    if (site !== undefined) removeSite(site);
  });

  test("trains on worker threads in an isolated page", async () => {
    const html = site.chunks.find(({ name }) => name === "index.html")!.code.replaceAll('"./', `"${assets.address}`);
    const page = await browser.newPage();
    const server = await serveSite(site, isolation, new Map([["/", new TextEncoder().encode(html)]]));
    await page.goto(server.address);
    await page.waitForSelector("body[data-ready]");
    await page.selectOption("select[name=device]", "cpu");
    await page.selectOption("select[name=filters]", "8,4");
    for (const [name, value] of Object.entries({ images: 100, batchSize: 20, epochs: 1 }))
      await page.fill(`input[name=${name}]`, String(value));
    await page.click("button[name=train]");
    await page.waitForFunction(() => !document.querySelector<HTMLButtonElement>("button[name=train]")?.disabled);
    expect(await page.textContent("#status")).toMatch(/^Done in .* worker thread/);
    await page.close();
    await server.close();
  });
});
