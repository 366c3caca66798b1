/** Names of files against CPython's `str.format`; bench/golden/file_patterns.py wrote the table. */
import { expect, test } from "vitest";
import { FilePattern } from "../../src/train/callbacks/file-pattern.ts";
import golden from "../golden/file-patterns.json" with { type: "json" };

const numbers: Readonly<Record<string, number>> = { inf: Number.POSITIVE_INFINITY, nan: Number.NaN };
const floats = golden.floats.map((text) => numbers[text] ?? Number(text));
const write = (spec: string, x: number, whole: readonly string[]) =>
  new FilePattern("Test", `{x:${spec}}`).format({ x }, whole);

test.each(Object.entries(golden.floatSpecs))('a float as "%s"', (spec, expected) => {
  expect(floats.map((value) => write(spec, value, []))).toEqual(expected);
});

test.each(Object.entries(golden.wholeSpecs))('a whole number as "%s"', (spec, expected) => {
  expect(golden.whole.map((value) => write(spec, value, ["x"]))).toEqual(expected);
});

test("several places, and braces that are meant", () => {
  const pattern = new FilePattern("Test", "{{a}}-{epoch:02d}-{val_loss:.2f}-{epoch}.keras");
  expect(pattern.format({ epoch: 7, val_loss: 0.126 }, ["epoch"])).toBe("{a}-07-0.13-7.keras");
});

test.each([
  ["{epoch", 'filepath is "{epoch": it has a single "{"; write "{{".'],
  ["a}b", 'it has a single "}"; write "}}".'],
  ["{}", '"{}" is no place for a number'],
  ["{a:x}", '"{a:x}" is no place for a number'],
  ["{a:.999f}", "asks for more than 80 digits"],
  ["{a:.2d}", '"d" takes no precision'],
])("%s is refused at once", (pattern, message) => {
  expect(() => new FilePattern("Test", pattern)).toThrow(message);
});

test("a missing number, and a float as a whole number, are refused when the name is made", () => {
  const format = (pattern: string) => new FilePattern("Test", pattern).format({ epoch: 1, loss: 0.5 }, ["epoch"]);
  expect(() => format("{val_loss}")).toThrow('there is no "val_loss"; known here: epoch, loss.');
  expect(() => format("{loss:d}")).toThrow('"loss" is no whole number');
});
