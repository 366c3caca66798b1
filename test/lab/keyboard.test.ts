/** The whole lab by keyboard alone: from station to station, through all that takes the focus, and through a run. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LabSite, readDigits, stationNames } from "./page.ts";

let site: LabSite;
beforeAll(async () => {
  site = await LabSite.start();
});
afterAll(() => site?.close());

const PATIENCE = { timeout: 60_000 };
/** Stops of the tab key in a station that are looked at. */
const STOPS = 12;

/** What has the focus: where it is, and whether one can see that it has it. */
const focus = (page: Page) =>
  page.evaluate(() => {
    const element = document.activeElement!;
    const { outlineStyle, outlineWidth } = getComputedStyle(element);
    const { width, height, top, bottom } = element.getBoundingClientRect();
    return {
      what: `${element.tagName} ${element.className} ${element.getAttribute("aria-label") ?? element.textContent?.slice(0, 40)}`,
      station: element.closest("section.station")?.id,
      isLost: element === document.body,
      // The browser's own ring of a slider is "auto".
      isRinged: outlineStyle !== "none" && Number.parseFloat(outlineWidth) > 0,
      isInView: width > 0 && height > 0 && bottom > 0 && top < innerHeight,
    };
  });

test("every station is reached, and the focus is always seen and never lost", async () => {
  const { page, complaints, close } = await site.open({ reducedMotion: "reduce" });
  await readDigits(page);
  await page.keyboard.press("Tab");
  expect((await focus(page)).what).toContain("Skip to the stations");
  for (const [index, name] of (await stationNames(page)).entries()) {
    if (index === 0) await page.keyboard.press("1");
    else {
      // A letter that is pressed in a field is typed.
      while (await page.evaluate(() => document.activeElement?.matches("input, select, textarea")))
        await page.keyboard.press("Shift+Tab");
      await page.keyboard.press("j");
    }
    await page.locator(`#${name}[aria-busy=false]`).waitFor();
    await expect.poll(async () => await focus(page), PATIENCE).toMatchObject({ station: name, isRinged: true });
    let stops = 0;
    for (; stops < STOPS; stops++) {
      await page.keyboard.press("Tab");
      if ((await focus(page)).station !== name) break;
      // The browser scrolls to it, while answers that come in may still move it.
      await expect
        .poll(() => focus(page), { ...PATIENCE, message: `${name}, stop ${stops}` })
        .toMatchObject({ isLost: false, isRinged: true, isInView: true });
    }
    expect(stops, name).toBeGreaterThan(1);
  }
  expect(complaints).toEqual([]);
  await close();
});

test("what has the focus stays in view while what stands above it grows, unless one scrolled away", async () => {
  const { page, complaints, close } = await site.open({ reducedMotion: "reduce" });
  await readDigits(page);
  await page.keyboard.press("Tab");
  await page.keyboard.press("2");
  const frames = () =>
    page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  const grow = async () => {
    await page.evaluate(() => {
      const block = document.createElement("div");
      block.style.height = "3000px";
      // Browsers without scroll anchoring move what is below, as those with it do in some cases.
      document.documentElement.style.overflowAnchor = "none";
      document.querySelector("main")!.prepend(block);
    });
    await frames();
  };
  await page.keyboard.press("Tab");
  await expect.poll(() => focus(page), PATIENCE).toMatchObject({ isInView: true });
  await frames();
  const { what } = await focus(page);
  await grow();
  expect(await focus(page)).toMatchObject({ what, isInView: true });
  await page.mouse.wheel(0, -40_000);
  await expect.poll(async () => (await focus(page)).isInView, PATIENCE).toBe(false);
  await frames();
  await grow();
  expect(await focus(page)).toMatchObject({ what, isInView: false });
  expect(complaints).toEqual([]);
  await close();
});

test("a run is started, paused, stepped through, scrubbed and stopped, and the focus stays with its buttons", async () => {
  const { page, complaints, close } = await site.open({ hash: "#v=1&at=train", reducedMotion: "reduce" });
  const train = page.locator("#train");
  const button = (name: string) => train.getByRole("button", { name, exact: true });
  const enabled = (name: string) => expect.poll(() => button(name).isEnabled(), PATIENCE).toBe(true);
  await train.locator(".train-buttons button").first().waitFor();
  await enabled("Train");
  await button("Train").focus();
  await page.keyboard.press("Enter");
  const state = page.locator(".run-state");
  await state.filter({ hasText: /^step [1-9]/ }).waitFor();
  // The button that was pressed is the one that pauses now.
  expect((await focus(page)).what).toContain("Pause");
  await page.keyboard.press("Enter");
  await enabled("Go on");
  expect((await focus(page)).what).toContain("Go on");
  const line = () => train.locator(".train-line").textContent();
  await expect.poll(line, PATIENCE).toMatch(/paused after step \d+/);
  const before = Number(/paused after step (\d+)/.exec((await line())!)![1]);
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect.poll(line, PATIENCE).toMatch(new RegExp(`paused after step ${before + 1}`));
  await page.getByRole("slider", { name: "Step of the run that the page shows" }).focus();
  await page.keyboard.press("Home");
  await expect.poll(() => page.url(), PATIENCE).toContain("step=0");
  await button("Stop").focus();
  await page.keyboard.press("Enter");
  await enabled("Train again");
  expect(await focus(page)).toMatchObject({ station: "train", isLost: false });
  expect(complaints).toEqual([]);
  await close();
});
