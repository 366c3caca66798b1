/** What pages load of fovea: who never opens a file does not pay for files. */
import { expect, test } from "vitest";
import { measureBundles, measureEntries } from "../../bench/bundles.mjs";

test("a page that trains, one that also saves and loads, and everything in one file stay as small as they are", async () => {
  const [trained, saved, everything] = (await measureBundles()) as unknown as readonly [Sizes, Sizes, Sizes];
  expect(trained.shown).toBeLessThan(64_500);
  expect(trained.done).toBeLessThan(153_500);
  // What opens files comes when it is asked for.
  expect(saved.shown).toBeLessThan(trained.shown + 3_000);
  expect(saved.done).toBeLessThan(258_500);
  expect(everything.shown).toBeLessThan(446_000);
});

test("three layers do not pull in the hundred", async () => {
  const [three, cnn, all] = (await measureEntries()) as readonly Entry[];
  expect(three!.files).toEqual(expect.arrayContaining(["conv2d", "dense", "flatten"]));
  // They, and what they extend.
  expect(three!.files.length).toBeLessThan(22);
  expect(cnn!.files.length).toBeLessThan(50);
  expect(all!.files.length).toBeGreaterThan(150);
  expect(three!.bytes).toBeLessThan(36_000);
  expect(cnn!.bytes).toBeLessThan(47_000);
  expect(three!.bytes).toBeLessThan(0.4 * all!.bytes);
});

interface Entry {
  readonly bytes: number;
  readonly files: readonly string[];
}

interface Sizes {
  readonly shown: number;
  readonly done: number;
}
