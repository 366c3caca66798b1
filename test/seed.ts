/**
 * The seed of a run's random tests. vitest.config.ts draws it, and `TEST_SEED=… npm test` repeats it; test/seed-report.ts prints it. Every test begins with
 * `Math.random` at the start of one stream, so that a test run alone sees the numbers that it saw among the others; every file
 * begins with fresh automatic names, since files share processes.
 */
import { beforeEach } from "vitest";
import { keyOf, RandomStream } from "../src/base/random.ts";
import { clearSession } from "../src/nn/process-state.ts";

export const testSeed = Number(process.env.TEST_SEED);
if (!Number.isSafeInteger(testSeed)) throw new Error("TEST_SEED is not set: run the tests through vitest.config.ts.");

let stream = new RandomStream(keyOf(testSeed));
Math.random = () => stream.uniform();

clearSession();
beforeEach(() => {
  stream = new RandomStream(keyOf(testSeed));
});
