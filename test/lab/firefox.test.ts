/** The lab's first stations in Firefox as its makers ship it, by WebDriver BiDi. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startFirefox } from "../../bench/firefox.mjs";
import { findFirefox } from "../browser/site.ts";
import { goToStation, LabSite, readDigits } from "./page.ts";

const executable = findFirefox();
const PATIENCE = { timeout: 60_000 };

test.runIf(executable === undefined)("skipped: there is no Firefox here (Debian: apt-get install firefox-esr)", () => {
  expect(process.env.FIREFOX).toBeUndefined();
});

describe.runIf(executable !== undefined)("in Firefox", () => {
  let site: LabSite;
  beforeAll(async () => {
    site = await LabSite.start(() => startFirefox(executable!));
  });
  afterAll(() => site?.close());

  test("the digits are read, a drawing too, at every station that shows it, and nothing complains", async () => {
    // Without threads: Firefox may lose the wake-up of a worker that starts another while a debugger listens, which WebDriver is. Its
    // `new Worker` then never returns. Threads in Firefox are tested by test/browser/example.test.ts, whose page starts them itself.
    const { page, complaints, strangers, close } = await site.open({ kind: "plain" });
    expect(await readDigits(page)).toBe("7 2 1 0");
    const see = page.locator("#see");
    await see.locator(".drawing-pad").focus();
    await page.keyboard.press(" ");
    for (let i = 0; i < 14; i++) await page.keyboard.press("ArrowDown");
    await page.keyboard.press(" ");
    await expect.poll(() => see.locator(".see-read").textContent(), PATIENCE).toContain("It reads 1");

    await page.locator(".see-thumbnails button").nth(3).click();
    await expect.poll(() => page.url(), PATIENCE).toContain("sample=3");
    await goToStation(page, "predict");
    await expect.poll(() => page.locator("#predict .predict-table tbody").count(), PATIENCE).toBe(4);
    await expect.poll(() => page.locator("#predict .predict-shifts td").count(), PATIENCE).toBe(49);
    expect([complaints, strangers]).toEqual([[], []]);
    await close();
  });
});
