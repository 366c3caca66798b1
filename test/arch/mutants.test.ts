/** The list of mutants stands beside a source that changes: each must still find its place, and its tests. */
import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { mutants } from "../mutants/mutants.mjs";

const at = (path: string) => new URL(`../../${path}`, import.meta.url);

test("every mutant has its place in the source, changes it, and names tests that there are", () => {
  expect(mutants.length).toBeGreaterThan(100);
  const astray = mutants.filter(
    ({ file, find, replace, nth = 0, tests }) =>
      readFileSync(at(`src/${file}`), "utf8").split(find).length < nth + 2 ||
      find === replace ||
      !existsSync(at(`test/${tests}`)),
  );
  expect(astray).toEqual([]);
});
