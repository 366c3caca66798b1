// @ts-check
/** The built lab, as `fovea lab` serves it, in Chromium. */
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { chromiumArguments } from "./chromium-arguments.mjs";

/**
 * @param {{ executable?: string, plain?: boolean }} options where Chromium is; whether the page is served without any header
 * @returns what measures open pages with, and `close`
 */
export async function openLab({ executable = "/usr/bin/chromium", plain = false } = {}) {
  /** @type {typeof import("../src/cli/static-server.ts")} */
  const { serveFolder } = await import(new URL("../dist/cli/static-server.js", import.meta.url).href);
  /** @type {typeof import("../src/cli/commands/lab.ts")} */
  const { labHeaders } = await import(new URL("../dist/cli/commands/lab.js", import.meta.url).href);
  const server = await serveFolder({
    folder: fileURLToPath(new URL("../dist/lab", import.meta.url)),
    host: "127.0.0.1",
    port: 0,
    headers: plain ? {} : labHeaders,
  });
  const browser = await chromium.launch({ executablePath: executable, args: chromiumArguments });
  return {
    /**
     * A page in a fresh profile that has read its four digits.
     *
     * @param {string} [hash] of its address
     * @param {import("playwright-core").BrowserContextOptions} [options] default 1440 x 900 pixels
     */
    async open(hash = "", options = {}) {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
      const page = await context.newPage();
      await page.goto(`http://127.0.0.1:${server.port}/${hash}`);
      await page.locator(".read-digits[data-ready=true]").waitFor();
      return page;
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}
