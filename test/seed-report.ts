/** Prints the seed of the run, once, so that a failure can be repeated. */
export function setup(): void {
  process.stderr.write(`Seed of the random tests: TEST_SEED=${process.env.TEST_SEED}\n`);
}
