/** Every station: nothing for axe to find in either theme, and room on the narrowest screen and at twice the size. */
import axe from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { goToStation, LabSite, readDigits, stationNames } from "./page.ts";

let site: LabSite;
beforeAll(async () => {
  site = await LabSite.start();
});
afterAll(() => site?.close());

/** What axe finds in a station. */
async function violations(page: Page, name: string, rules?: readonly string[]) {
  const found = await page.evaluate(
    async ([station, only]) => {
      const { axe: checker } = globalThis as unknown as { axe: typeof axe };
      const options = only === undefined ? {} : { runOnly: { type: "rule" as const, values: [...only] } };
      return (await checker.run(`#${station}`, options)).violations.map(({ id, nodes }) => [
        id,
        ...nodes.map(({ html }) => html.slice(0, 200)),
      ]);
    },
    [name, rules] as const,
  );
  return found.map((each) => [name, ...each]);
}

describe.each(["light", "dark"] as const)("in the %s theme", (colorScheme) => {
  test("axe finds nothing at any station", async () => {
    const { page, complaints, close } = await site.open({ colorScheme, reducedMotion: "reduce" });
    await readDigits(page);
    await page.evaluate(axe.source);
    const found: string[][] = [];
    for (const name of await stationNames(page)) {
      await goToStation(page, name);
      // The theme changes colours alone.
      found.push(...(await violations(page, name, colorScheme === "dark" ? ["color-contrast"] : undefined)));
    }
    expect(found).toEqual([]);
    expect(complaints).toEqual([]);
    await close();
  });
});

/** What stands out of the page to its right, the widest first; nothing where the page is not wider than its window. */
const tooWide = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const { clientWidth, scrollWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [];
    return [...document.querySelectorAll("main :not(.scrolls *)")]
      .map((element) => ({ element, right: Math.ceil(element.getBoundingClientRect().right) }))
      .filter(({ right }) => right > clientWidth)
      .sort((a, b) => b.right - a.right)
      .slice(0, 5)
      .map(
        ({ element: { tagName, className, textContent }, right }) =>
          `${tagName} "${className}" to ${right} of ${clientWidth} px: ${textContent?.slice(0, 40)}`,
      );
  });

test("no station is wider than a page of 320 px, or of 1280 at 200 per cent", async () => {
  const { page, close } = await site.open({ viewport: { width: 320, height: 700 }, reducedMotion: "reduce" });
  await readDigits(page);
  for (const name of await stationNames(page)) {
    await goToStation(page, name);
    // What a station computes first is its widest.
    await page.locator(`#${name} .station-instrument [aria-busy=true]`).first().waitFor({ state: "detached" });
    for (const width of [640, 320]) {
      await page.setViewportSize({ width, height: 700 });
      await expect.poll(() => tooWide(page), { message: `${name} at ${width} px` }).toEqual([]);
    }
  }
  await close();
});

/** Settings that no page would write, for every key that a station reads. */
const nonsense = [
  "drawn=7:AAAA,9:%00",
  "sample=99999",
  "theme=%3Cscript%3E",
  "unit=99,99",
  "channel=18431",
  "class=11",
  "step=1e9",
  "steps=__proto__.3,see.9",
  "see.recorded=-1",
  "receptive-fields.place=NaN,1",
  "convolution.painted=1,2,Infinity",
  "convolution.own=2",
  "convolution.size=4",
  "dense.side=1e99",
  `build.cards=${"Conv2D~".repeat(400)}`,
  "train.rate=99",
  "train.device=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E",
  "predict.cell=12.3",
  "inside.edit=64,1,2,3,4,5,6,7,8,9",
  "applications.page=107,0,0;107,56,56",
  "applications.program=none",
  "applications.scenes=0",
  "applications.score=101",
  "applications.asked=96",
  "why.patch=0",
].join("&");

test("hostile settings of every station do no harm, and neither do hostile pastes", async () => {
  const { page, complaints, strangers, close } = await site.open({
    hash: `#v=1&${nonsense}`,
    reducedMotion: "reduce",
  });
  expect(await readDigits(page)).toBe("7 2 1 0");
  for (const name of await stationNames(page)) {
    await goToStation(page, name);
    await expect.poll(() => page.locator(`#${name} .station-instrument > *`).count(), { message: name }).not.toBe(0);
    expect(await page.locator(`#${name} [role=alert]`).allTextContents(), name).toEqual([]);
  }
  const build = page.locator("#build");
  await build.getByRole("button", { name: "Python" }).click();
  for (const paste of [
    "__import__('os').system('true')",
    `model.add(Dense(${"(".repeat(20_000)}`,
    "model = Sequential()\nmodel.add(Conv2D(1e99, kernel_size=-3))",
    "<img src=x onerror=\"document.title='run'\">",
    "\u0000\uffff\ud800",
  ]) {
    await build.locator("textarea").fill(paste);
    await build.getByRole("button", { name: "Make cards of it" }).click();
    await build.locator(".notice-error").waitFor();
    await build.locator("textarea").fill(`${paste} `);
    await build.locator(".notice-error").waitFor({ state: "detached" });
  }
  expect(await page.title()).toBe("fovea lab");
  expect([complaints, strangers]).toEqual([[], []]);
  await close();
});
