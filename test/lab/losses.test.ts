/** What is lost in the midst of a run, a worker or a GPU, is replaced, and the history has no gap. */
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LabSite, pressKey } from "./page.ts";

let site: LabSite;
beforeAll(async () => {
  site = await LabSite.start();
});
afterAll(() => site?.close());

const PATIENCE = { timeout: 60_000 };
const press = (page: Page, name: string) => pressKey(page.locator("#train").getByRole("button", { name, exact: true }));
const line = (page: Page) => page.locator("#train .train-line").textContent();

/** The steps that the curve of the loss has, and the last one of them. */
async function curve(page: Page): Promise<readonly [count: number, last: number]> {
  const words = (await page.locator("#train .train-curves desc").first().textContent()) ?? "";
  const [, count, last] = /this run: (\d+) values, .*? at step (\d+);/.exec(words) ?? [];
  return [Number(count), Number(last)];
}

test("a worker that the browser ends: the page says so, and goes on with the run", async () => {
  const { page, close } = await site.open({ hash: "#v=1&at=train" });
  await page.addInitScript(() => {
    const Own = Worker;
    Object.assign(globalThis, {
      Worker: class extends Own {
        constructor(address: string | URL, options?: WorkerOptions) {
          super(address, options);
          Object.assign(globalThis, { engineWorker: this });
        }
      },
    });
  });
  await page.reload();
  await press(page, "Start before the first step");
  for (const step of [1, 2]) {
    await press(page, "One step");
    await expect.poll(() => line(page), PATIENCE).toContain(`paused after step ${step}`);
  }
  await page.evaluate(() => (globalThis as unknown as { engineWorker: Worker }).engineWorker.terminate());
  const notice = page.locator("main > .notice-error");
  await notice.waitFor();
  expect(await notice.textContent()).toContain("The engine stopped: the browser ended its worker.");
  await notice.getByRole("button", { name: "Start the engine again" }).press("Enter");
  await page.locator(".run-state", { hasText: /^step ([4-9]|\d\d)/ }).waitFor(PATIENCE);
  await press(page, "Pause");
  await expect.poll(() => line(page), PATIENCE).toMatch(/paused after step \d+/);
  const [count, last] = await curve(page);
  expect(count).toBeGreaterThanOrEqual(4);
  expect(count).toBe(last);
  await close();
});

test("a GPU that is lost in mid-run: the run goes on with a new one", async () => {
  const { page, close } = await site.open({ hash: "#v=1&at=train&train.device=gpu" });
  // A GPU in software takes its time with the handout's network.
  await page.locator("#build").getByRole("button", { name: "linear" }).press("Enter");
  await page.locator("#train .train-network", { hasText: "linear" }).waitFor();
  await expect
    .poll(() => page.locator("#train").getByRole("button", { name: "Train", exact: true }).isEnabled(), PATIENCE)
    .toBe(true);
  // The first worker is the engine; the threads that it starts answer to nobody but it.
  const engine = page.workers()[0]!;
  await engine.evaluate(() => {
    const request = GPUAdapter.prototype.requestDevice;
    GPUAdapter.prototype.requestDevice = async function (...asked) {
      const device = await request.apply(this, asked);
      Object.assign(globalThis, { gpuDevice: device });
      return device;
    };
  });
  const step = async () => Number(/step (\d+)/.exec((await page.locator(".run-state").textContent())!)?.[1] ?? 0);
  await press(page, "Train");
  await expect.poll(step, PATIENCE).toBeGreaterThan(1);
  await engine.evaluate(() => (globalThis as unknown as { gpuDevice: GPUDevice }).gpuDevice.destroy());
  const lost = await step();
  await expect.poll(step, PATIENCE).toBeGreaterThan(lost + 1);
  await press(page, "Pause");
  await expect.poll(() => line(page), PATIENCE).toMatch(/paused after step \d+/);
  const [count, last] = await curve(page);
  expect(last).toBeGreaterThan(lost + 1);
  expect(count).toBe(last);
  await close();
});
