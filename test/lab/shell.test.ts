/** The built lab in Chromium: what it loads, shows and does without any station's help. */
import { gzipSync } from "node:zlib";
import axe from "axe-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { labHeaders } from "../../src/cli/commands/lab.ts";
import { goToStation, type Kind, LabSite, pressKey, readDigits } from "./page.ts";

let lab: LabSite;
beforeAll(async () => {
  lab = await LabSite.start();
});
afterAll(async () => {
  await lab?.close();
});

/** Waits for what the page shows; a machine that does other things too takes its time. */
const poll = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 60_000 });

const gzipped = (code: string) => gzipSync(code, { level: 9 }).length;

test("the build has no warning, and nothing of Node", () => {
  expect(lab.site.warnings).toEqual([]);
  for (const { name, code } of lab.site.chunks)
    if (name.endsWith(".js")) expect(code, name).not.toMatch(/(from|import\()\s*["'`]node:/);
});

test("the shell and the styles are small", async () => {
  const { page, close } = await lab.open();
  const scripts = await page.$$eval("script[src], link[rel=modulepreload]", (tags) =>
    tags.map((tag) => new URL(tag.getAttribute("src") ?? tag.getAttribute("href") ?? "", document.baseURI).pathname),
  );
  // Those of stations come with their stations.
  const linked = await page.evaluate(() =>
    fetch(document.baseURI).then(async (response) =>
      [...(await response.text()).matchAll(/<link rel="stylesheet"[^>]*href="[^"]*\/([^"/]+)"/g)].map(
        ([, name]) => name,
      ),
    ),
  );
  await close();
  const shell = lab.site.chunks.filter(({ name }) => scripts.includes(`/${name}`));
  expect(shell.length).toBeGreaterThan(0);
  expect(shell.reduce((sum, { code }) => sum + gzipped(code), 0)).toBeLessThan(80_000);
  const styles = lab.site.chunks.filter(({ name }) => linked.some((each) => name.endsWith(`/${each}`)));
  expect(styles.length).toBeGreaterThan(0);
  expect(styles.reduce((sum, { code }) => sum + gzipped(code), 0)).toBeLessThan(10_000);
});

test("the page states its policy itself, for servers that send none: the one that fovea lab sends", () => {
  const html = lab.site.chunks.find(({ name }) => name === "index.html")!.code;
  const policy = /http-equiv="Content-Security-Policy"\s+content="([^"]+)"/.exec(html)![1]!;
  // A page cannot say who may frame it.
  expect(`${policy}; frame-ancestors 'none'`).toBe(labHeaders["Content-Security-Policy"]);
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|https?:|\*/);
  expect(html).not.toMatch(/<script(?![^>]*src=)|\sstyle=|\son\w+=/);
});

describe.each<Kind>(["isolated", "plain"])("a %s page", (kind) => {
  test("reads 7 2 1 0 without a click, and asks no other origin", async () => {
    const { page, complaints, strangers, close } = await lab.open({ kind });
    expect(await readDigits(page)).toBe("7 2 1 0");
    const badge = await page.locator(".badge").first().textContent();
    expect(badge).toMatch(kind === "isolated" ? /^CPU, \d+ threads?$/ : /^CPU, 1 thread$/);
    expect(complaints).toEqual([]);
    expect(strangers).toEqual([]);
    await close();
  });
});

test("what it reads is computed from the weights: with others it reads otherwise", async () => {
  const { page, close } = await lab.open();
  await page.route(/weights-.*\.f16$/, (route) => route.fulfill({ body: Buffer.alloc(2 * 203_434) }));
  await page.reload();
  // All probabilities are equal, so that the first digit is taken.
  expect(await readDigits(page)).toBe("0 0 0 0");
  await close();
});

test("weights that cannot be read are an error with a next step, which mends it", async () => {
  const { page, close } = await lab.open();
  await page.route(/weights-.*\.f16$/, (route) => route.fulfill({ status: 503, body: "" }));
  await page.reload();
  const notice = page.getByRole("alert").first();
  await notice.waitFor();
  expect(await notice.textContent()).toContain("The weights could not be read: 503");
  await page.unroute(/weights-.*\.f16$/);
  await page.getByRole("button", { name: "Start the engine again" }).click();
  expect(await readDigits(page)).toBe("7 2 1 0");
  await close();
});

test("keys open and close the list of keys, move through the maps and choose a unit, which the address then holds", async () => {
  const { page, close } = await lab.open();
  await readDigits(page);
  await page.keyboard.press("?");
  const help = page.getByRole("complementary", { name: "Keys" });
  await help.waitFor();
  await help.getByRole("checkbox", { name: "single-key shortcuts" }).uncheck();
  await page.keyboard.press("Escape");
  await help.waitFor({ state: "detached" });
  await page.keyboard.press("?");
  expect(await help.count()).toBe(0);
  await page.getByRole("button", { name: "Help: keys" }).click();
  await help.getByRole("checkbox", { name: "single-key shortcuts" }).check();
  await page.keyboard.press("?");
  await help.waitFor({ state: "detached" });

  const grid = page.getByRole("grid", { name: /^Maps of conv2d,/ });
  await grid.getByRole("gridcell").first().focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowRight");
  const cells = grid.getByRole("gridcell");
  expect(await cells.nth(9).evaluate((cell) => cell === document.activeElement)).toBe(true);
  await page.keyboard.press("Shift+ArrowLeft");
  const label = await cells.nth(9).getAttribute("aria-label");
  const channel = /map (\d+)/.exec(label!)![1]!;
  expect(await cells.nth(9).getAttribute("aria-selected")).toBe("true");
  await poll(() => page.url()).toContain("layer=conv2d&");
  if (channel !== "0") expect(page.url()).toContain(`channel=${channel}`);
  await close();
});

describe("the address", () => {
  test("brings the whole state back", async () => {
    const { page, close } = await lab.open({ hash: "#v=1&sample=2&theme=dark&teacher=1&later=x" });
    await readDigits(page);
    const slider = page.locator("#see").getByRole("slider", { name: "Digit of the test set" });
    expect(await slider.inputValue()).toBe("2");
    expect(await page.evaluate(() => document.documentElement.dataset)).toMatchObject({ theme: "dark", teacher: "" });
    await slider.fill("3");
    await poll(() => page.url()).toContain("#v=1&sample=3&theme=dark&teacher=1&later=x");
    await close();
  });

  test("leads to a station, however late those above it load", async () => {
    const { page, close } = await lab.open({ hash: "#v=1&at=why" });
    await readDigits(page);
    await page.locator("#why[aria-busy=false]").waitFor();
    await page.getByRole("grid", { name: /^Maps of conv2d,/ }).waitFor();
    const top = () => page.locator("#why").evaluate((section) => section.getBoundingClientRect().top);
    await poll(async () => Math.abs((await top()) - 80)).toBeLessThan(60);
    expect(page.url()).toContain("at=why");
    await close();
  });

  test("that is no address at all does no harm", async () => {
    const { page, complaints, close } = await lab.open({ hash: "#%E0%A4%A" });
    expect(await readDigits(page)).toBe("7 2 1 0");
    await page.getByRole("grid", { name: /^Maps of conv2d,/ }).waitFor();
    expect(complaints).toEqual([]);
    await close();
  });
});

describe("a run", () => {
  test("trains in the worker; the whole page follows the scrubber, and the scrubbed network answers as it did", async () => {
    const { page, complaints, close } = await lab.open();
    await readDigits(page);
    await page.getByRole("button", { name: "Train one yourself" }).click();
    await page.locator(".run-state", { hasText: /^step [1-9]\d* of/ }).waitFor();
    await page.getByRole("button", { name: "pause" }).click();
    await page.getByRole("button", { name: "go on" }).waitFor();
    const scrubber = page.getByRole("slider", { name: "Step of the run that the page shows" });
    await poll(() => scrubber.getAttribute("max")).not.toBe("0");
    const bars = () => page.locator("#see .see-strip .bar-number").allTextContents();
    const ready = () => page.locator(".see[aria-busy=false]").waitFor();
    await scrubber.press("Home");
    await ready();
    const first = await bars();
    await scrubber.press("End");
    await poll(bars).not.toEqual(first);
    await scrubber.press("Home");
    await poll(bars).toEqual(first);
    const step = async () => Number(/step (\d+)/.exec((await page.locator(".run-state").textContent())!)?.[1]);
    const before = await step();
    await page.getByRole("button", { name: "One step" }).click();
    await poll(step).toBe(before + 1);
    await page.getByRole("button", { name: "stop" }).click();
    await page.locator(".run-state", { hasText: "stopped" }).waitFor();
    expect(await page.getByRole("status").last().textContent()).toMatch(/^Training was stopped after step \d+\.$/);
    expect(complaints).toEqual([]);
    await close();
  });
});

// At the width of a phone; stations.test.ts looks at every station of a wide page, in both themes.
test("axe finds nothing at 360 px, with the list of keys open", async () => {
  const { page, close } = await lab.open({ viewport: { width: 360, height: 900 } });
  await readDigits(page);
  await page.keyboard.press("?");
  await page.locator(".see[aria-busy=false]").waitFor();
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run());
  expect(violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html.slice(0, 200))])).toEqual([]);
  await close();
});

test("nothing is wider than a page of 320, 768 or 1440 px", async () => {
  const widths = [320, 768, 1440];
  const { page, close } = await lab.open({ viewport: { width: 320, height: 800 } });
  await readDigits(page);
  await page.getByRole("grid", { name: /^Maps of conv2d,/ }).waitFor();
  const widest = async () => {
    const found: number[] = [];
    for (const width of widths) {
      await page.setViewportSize({ width, height: 800 });
      found.push(await page.evaluate(() => document.documentElement.scrollWidth));
    }
    return found;
  };
  expect(await widest()).toEqual(widths);
  await page.getByRole("button", { name: "Train one yourself" }).click();
  await page.getByRole("slider", { name: "Step of the run that the page shows" }).waitFor();
  expect(await widest()).toEqual(widths);
  await close();
});

test("stations that do not follow a run with another network say so", async () => {
  const { page, close } = await lab.open({ hash: "#v=1&at=build" });
  await readDigits(page);
  const words = page.getByText("Your run trains another network. This station goes on with the recorded one");
  expect(await words.count()).toBe(0);
  await pressKey(page.locator("#build").getByRole("button", { name: "tiny", exact: true }));
  await goToStation(page, "train");
  await page.getByText("Trains the network “tiny”.").waitFor();
  await pressKey(page.locator("#train").getByRole("button", { name: "Start before the first step", exact: true }));
  await words.first().waitFor();
  const stations = await words.evaluateAll((all) => all.map((each) => each.closest("section")?.id));
  expect(stations).toEqual(["see", "receptive-fields", "convolution", "inside", "why", "applications"]);
  await close();
});
