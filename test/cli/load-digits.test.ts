import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digits, mnist } from "fovea/datasets";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { loadDigits } from "../../src/cli/load-digits.ts";

const line = { mode: "silent", write: () => {}, now: () => 0 } as const;
let cache = "";

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), "fovea-"));
  vi.stubEnv("FOVEA_DATA", "");
  vi.stubEnv("XDG_CACHE_HOME", cache);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true });
});

/** Nothing listens on port 9 of this machine. */
const offline = {
  digits,
  mnist: { load: (options = {}) => mnist.load({ ...options, mirrors: ["http://127.0.0.1:9/"] }) },
};

describe("loadDigits", () => {
  test("drawn digits when asked for; a limit keeps a sixth as many test rows, 100 at least", async () => {
    const { dataset, note } = await loadDigits({ data: "digits", limit: 900, line });
    expect(note).toBeUndefined();
    expect(dataset.name).toBe("digits");
    expect(dataset.train.images.shape).toEqual([900, 28, 28, 1]);
    expect(dataset.test.labels.shape).toEqual([150]);
    expect((await loadDigits({ data: "digits", limit: 12, line })).dataset.test.images.shape[0]).toBe(100);
  });

  test("when no mirror can be reached it says so in one line and draws digits", async () => {
    const { dataset, note } = await loadDigits({ limit: 10, line }, offline);
    expect(dataset.name).toBe("digits");
    expect(note).toMatch(
      /^MNIST could not be downloaded: http:\/\/127\.0\.0\.1:9\/train-labels-idx1-ubyte\.gz: .*digits that fovea draws itself.*--data <folder>\.$/,
    );
  });

  test("a folder that was asked for and lacks files is an error, never another data set", async () => {
    await expect(loadDigits({ data: cache, line }, offline)).rejects.toThrow(`dir ${cache} lacks`);
  });

  test("an abort is an abort, not a reason for other digits", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(loadDigits({ line, signal }, offline)).rejects.toThrow("enough");
  });
});
