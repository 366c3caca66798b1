/** The built lab as a site on loopback, and Chromium that looks at it. */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { build, createLogger, type Rolldown } from "vite";
import { expect, vi } from "vitest";
import { labHeaders } from "../../src/cli/commands/lab.ts";
import { LabEngines } from "../../src/cli/lab-engines.ts";
import { type StaticServerOptions, serveFolder } from "../../src/cli/static-server.ts";
import { type Chunk, type ServedSite, type Site, serveSite, startBrowser } from "../browser/site.ts";

/** For what the page must do in its own time: several browsers may share the cores. */
const PATIENCE_MS = 90_000;

/** Builds the lab as `npm run build` does. */
async function buildLab(folder: string): Promise<Omit<Site, "folder">> {
  const warnings: string[] = [];
  const note = (text: string) => void warnings.push(text);
  const built = (await build({
    configFile: fileURLToPath(new URL("../../lab/vite.config.ts", import.meta.url)),
    logLevel: "warn",
    customLogger: { ...createLogger("silent"), warn: note, warnOnce: note },
    build: { outDir: folder },
  })) as Rolldown.RolldownOutput;
  const chunks = built.output.map(
    (file): Chunk => ({ name: file.fileName, code: file.type === "chunk" ? file.code : String(file.source) }),
  );
  return { chunks, warnings };
}

/** The lab, built by the first test file of a run that asks for it; the others wait for that. */
async function builtLab(): Promise<Site> {
  const run = process.env.TEST_FOLDER;
  if (run === undefined) throw new Error("TEST_FOLDER is not set: run the tests through vitest.config.ts.");
  const folder = join(run, "lab");
  const told = join(run, "lab.json");
  if (begin(join(run, "lab.begun"))) {
    const site = await buildLab(folder);
    writeFileSync(`${told}.part`, JSON.stringify(site));
    renameSync(`${told}.part`, told);
  }
  await vi.waitUntil(() => existsSync(told), { timeout: PATIENCE_MS, interval: 100 });
  return { folder, ...(JSON.parse(readFileSync(told, "utf8")) as Omit<Site, "folder">) };
}

/** Whether this process is the one that made the file. */
function begin(file: string): boolean {
  try {
    writeFileSync(file, "", { flag: "wx" });
    return true;
  } catch {
    return false;
  }
}

/** "isolated" as `fovea lab` serves it, with threads; "plain" without any header; "node" as `fovea lab --run` does. */
export type Kind = "isolated" | "plain" | "node";

export interface OpenOptions extends BrowserContextOptions {
  /** Default "isolated". */
  readonly kind?: Kind;
  /** What follows the address: "#sample=3". */
  readonly hash?: string;
}

export interface OpenedLab {
  readonly page: Page;
  /** Errors and warnings of the page. */
  readonly complaints: readonly string[];
  /** Addresses of other origins that the page asked for. */
  readonly strangers: readonly string[];
  close(): Promise<void>;
}

/** The lab of one test file. */
export class LabSite {
  readonly site: Site;
  readonly browser: Browser;
  /** Of pages of kind "node". */
  readonly engines: LabEngines;
  readonly #servers: Readonly<Record<Kind, ServedSite>>;

  private constructor(site: Site, browser: Browser, servers: Readonly<Record<Kind, ServedSite>>, engines: LabEngines) {
    this.site = site;
    this.browser = browser;
    this.#servers = servers;
    this.engines = engines;
  }

  /** @param start the browser; default Chromium */
  static async start(start: () => Promise<Browser> = startBrowser): Promise<LabSite> {
    const site = await builtLab();
    const engines = new LabEngines({
      script: new URL("../../dist/lab-engine/node-worker.js", import.meta.url),
      page: join(site.folder, "index.html"),
      headers: labHeaders,
    });
    const served = async (own: Partial<StaticServerOptions>): Promise<ServedSite> => {
      const options = { folder: site.folder, host: "127.0.0.1", port: 0, headers: labHeaders, ...own };
      const { port, close } = await serveFolder(options);
      return { address: `http://127.0.0.1:${port}/`, close };
    };
    const [browser, isolated, node, plain] = await Promise.all([
      start(),
      served({}),
      served({ handle: engines.handle.bind(engines) }),
      serveSite(site, {}),
    ]);
    return new LabSite(site, browser, { isolated, node, plain }, engines);
  }

  address(kind: Kind = "isolated"): string {
    return this.#servers[kind].address;
  }

  /** Opens the lab in a fresh context. It resolves when the page has loaded, which is before the engine has answered. */
  async open({ kind = "isolated", hash = "", ...context }: OpenOptions = {}): Promise<OpenedLab> {
    const opened = await this.browser.newContext(context);
    opened.setDefaultTimeout(PATIENCE_MS);
    const page = await opened.newPage();
    const complaints: string[] = [];
    const strangers: string[] = [];
    const address = this.address(kind);
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
    });
    page.on("request", (request) => {
      if (!request.url().startsWith(address) && !/^(data|blob):/.test(request.url())) strangers.push(request.url());
    });
    await page.goto(`${address}${hash}`);
    return { page, complaints, strangers, close: () => opened.close() };
  }

  async close(): Promise<void> {
    await this.browser.close();
    await Promise.all(Object.values(this.#servers).map((server) => server.close()));
  }
}

/** Presses a key on a control as soon as it can be used: until then the page would ignore the key. */
export async function pressKey(control: Locator, key = "Enter"): Promise<void> {
  await expect.poll(() => control.isEnabled(), { timeout: PATIENCE_MS }).toBe(true);
  await control.press(key);
}

/** Waits until the network of the first station has read its digits; what it read. */
export async function readDigits(page: Page): Promise<string> {
  const digits = page.locator(".read-digits[data-ready=true]");
  await digits.waitFor();
  return (await digits.textContent()) ?? "";
}

/** The lab's stations in their order. */
export const stationNames = (page: Page): Promise<string[]> =>
  page.locator("section.station").evaluateAll((sections) => sections.map(({ id }) => id));

/** Goes to a station by its link and waits until it is there. */
export async function goToStation(page: Page, name: string): Promise<void> {
  await page.evaluate((station) => {
    document.querySelector<HTMLAnchorElement>(`.rail a[href="#${station}"]`)!.click();
  }, name);
  await page.locator(`#${name}[aria-busy=false]`).waitFor();
}
