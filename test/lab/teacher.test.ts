/** What a class needs: steps that are shown one by one, a run that starts by itself, and links that bring all of it back. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { LabSite, readDigits } from "./page.ts";

let site: LabSite;
beforeAll(async () => {
  site = await LabSite.start();
});
afterAll(() => site?.close());

const PATIENCE = { timeout: 60_000 };

test("steps are hidden until they are shown, and the link brings back which; answers stand in the report's form", async () => {
  const { page, complaints, close } = await site.open({ hash: "#v=1&teacher=1" });
  await readDigits(page);
  const see = page.locator("#see");
  expect([await see.locator(".task").count(), await see.locator(".notice").count()]).toEqual([0, 0]);
  await page.keyboard.press("n");
  await see.locator(".task").waitFor();
  expect(await see.locator("textarea").count()).toBe(0);
  await see.getByRole("button", { name: "Show a question for you" }).press("Enter");
  await see.locator("textarea").fill("Map 28 follows the bar.");
  expect(await see.locator(".notice").count()).toBe(0);
  await expect.poll(() => page.url(), PATIENCE).toContain("steps=see.2");
  // Large type: the root's size is 125 per cent.
  expect(await page.evaluate(() => getComputedStyle(document.documentElement).fontSize)).toBe("20px");
  const again = await page.context().newPage();
  await again.goto(page.url());
  expect(await again.locator("#see textarea").inputValue()).toBe("Map 28 follows the bar.");
  expect(await again.locator("#see .notice").count()).toBe(0);
  await again.locator("#see").getByRole("button", { name: "Show what to notice" }).press("Enter");
  await again.locator("#see .notice").waitFor();
  await again.goto(`${site.address()}#v=1&at=export`);
  await expect
    .poll(
      () =>
        again
          .locator("#export")
          .getByLabel(/^Which maps of the second layer/)
          .inputValue(),
      PATIENCE,
    )
    .toBe("Map 28 follows the bar.");
  expect(complaints).toEqual([]);
  await close();
});

test("#autorun starts a run once the digits are read, with the settings of the link; clicks are answered while it trains", async () => {
  const { page, complaints, close } = await site.open({ hash: "#v=1&autorun=1&train.rate=-20" });
  await page.locator(".run-state", { hasText: /^step [1-9]/ }).waitFor(PATIENCE);
  expect(await readDigits(page)).toMatch(/^\d \d \d \d$/);
  const digits = page.locator(".see-thumbnails button");
  for (const place of [3, 1, 2]) {
    await digits.nth(place).click();
    expect(await digits.nth(place).getAttribute("aria-pressed")).toBe("true");
  }
  const step = async () => Number(/step (\d+)/.exec((await page.locator(".run-state").textContent())!)?.[1]);
  const before = await step();
  await expect.poll(step, PATIENCE).toBeGreaterThan(before);
  expect(complaints).toEqual([]);
  await close();
});

test("a digit that was drawn joins the others, and the link carries it", async () => {
  const { page, complaints, close } = await site.open();
  await readDigits(page);
  const see = page.locator("#see");
  await see.locator(".drawing-pad").focus();
  await page.keyboard.press("Space");
  for (let i = 0; i < 14; i++) await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Space");
  await expect.poll(() => see.locator(".see-read").textContent(), PATIENCE).toContain("It reads 1");
  await see.getByLabel("it is a").selectOption("1");
  await see.getByRole("button", { name: "Add it to the digits" }).press("Enter");
  const slider = (of: typeof page) => of.locator("#see").getByRole("slider", { name: "Digit of the test set" });
  await expect.poll(() => slider(page).inputValue(), PATIENCE).toBe("100");
  await expect.poll(() => page.url(), PATIENCE).toMatch(/drawn=1%3A[\w-]+&sample=100|sample=100.*drawn=1%3A/);
  const grid = (of: typeof page) => of.getByRole("grid", { name: "Digit 100, drawn by you" }).first();
  await grid(page).waitFor();
  const again = await page.context().newPage();
  await again.goto(page.url());
  await grid(again).waitFor();
  expect(await slider(again).inputValue()).toBe("100");
  await again.locator("#see").getByRole("button", { name: "Take them out" }).press("Enter");
  await expect.poll(() => slider(again).inputValue(), PATIENCE).toBe("0");
  expect(complaints).toEqual([]);
  await close();
});
