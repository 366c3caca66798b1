// @ts-check
/** Firefox, in benches and in tests. */
import playwright from "playwright-core";

/** What Playwright keeps inside of a browser that it speaks to by WebDriver BiDi. @typedef {{ _browserSession: { send(method: string, params?: unknown): Promise<unknown> } }} BidiInside */

/** Starts a Firefox as its makers ship it, spoken to by WebDriver BiDi. @param {string} executablePath @returns {Promise<import("playwright-core").Browser>} */
export async function startFirefox(executablePath) {
  const browser = await playwright.firefox.launch({ executablePath, channel: "moz-firefox" });
  // Playwright tells every page what media it is to pretend, which Firefox 153 does not know yet, though nothing is asked of it.
  const { _connection } =
    /** @type {{ _connection: { toImpl(of: import("playwright-core").Browser): BidiInside } }} */ (
      /** @type {unknown} */ (playwright)
    );
  const session = /** @type {BidiInside["_browserSession"]} */ (
    Object.getPrototypeOf(_connection.toImpl(browser)._browserSession)
  );
  const { send } = session;
  session.send = function (method, params) {
    return method === "emulation.setMediaFeaturesOverride" ? Promise.resolve({}) : send.call(this, method, params);
  };
  return browser;
}
