/** Station 4 in Chromium: sharing by keyboard, and the duel. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { LabSite } from "./page.ts";

let site: LabSite;
beforeAll(async () => {
  site = await LabSite.start();
});
afterAll(() => site?.close());

test("sharing is taken away by keys; squares and numbers follow", async () => {
  const { page, complaints, strangers, close } = await site.open({ hash: "#v=1&at=dense" });
  const slider = page.getByLabel("Sharing", { exact: true });
  await slider.focus();
  const said = page.locator(".dn-unshare output");
  await expect.poll(() => said.textContent()).toBe("shared: 640 parameters");
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => said.textContent()).toBe("locally connected: 432,640 parameters");
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => said.textContent()).toBe("dense: 33,962,240 parameters");
  // The drawn squares are as true as the numbers.
  const areas = await page
    .locator("#dense .plot")
    .first()
    .locator("rect[data-key]")
    .evaluateAll((squares) => squares.map((square) => Number(square.getAttribute("width")) ** 2));
  expect(areas).toHaveLength(3);
  expect(areas[2]! / areas[1]! / (33_962_240 / 432_640)).toBeCloseTo(1, 1);
  await page.getByRole("button", { name: "224" }).click();
  await expect
    .poll(() => page.locator("#dense figcaption", { hasText: "Fully connected" }).textContent())
    .toContain("50,177,000");
  expect([complaints, strangers]).toEqual([[], []]);
  await close();
});

test("the duel trains both, and can be stopped", async () => {
  const { page, complaints, close } = await site.open({ hash: "#v=1&at=dense" });
  await page.getByRole("button", { name: "Train both side by side" }).click();
  const doing = page.locator(".dn-doing");
  await expect.poll(() => doing.textContent(), { timeout: 60_000 }).toContain("training both on the same batches");
  const accuracies = page.locator(".dn-summary tbody td:nth-child(2)");
  await expect.poll(() => accuracies.count(), { timeout: 90_000 }).toBe(2);
  await page.locator("#dense h3", { hasText: "template" }).waitFor({ timeout: 110_000 });
  for (const text of await accuracies.allTextContents()) expect(Number.parseFloat(text)).toBeGreaterThan(50);
  await page.getByRole("button", { name: "Train both on shuffled pixels" }).click();
  await page.getByRole("button", { name: "Stop" }).click();
  await expect.poll(() => page.getByRole("button", { name: "Train both again" }).isEnabled()).toBe(true);
  expect(complaints).toEqual([]);
  await close();
});
