import { describe, expect, test } from "vitest";
import { Identities } from "../../src/base/identity.ts";

/** For each value the place of the first that has the same name. */
function classes(values: readonly unknown[]): number[] {
  const identities = new Identities();
  const names = values.map((value) => identities.of(value));
  return names.map((name) => names.indexOf(name));
}

describe("two values have one name when they are the same", () => {
  test("numbers by value, -0, NaN and the infinities apart from all else", () => {
    const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
    expect(classes([0, -0, nan, infinity, -infinity, null, 0, nan, "0", "NaN"])).toEqual([
      0, 1, 2, 3, 4, 5, 0, 2, 8, 9,
    ]);
  });

  test("arrays and plain objects by content", () => {
    expect(classes([[1, [2]], [1, 2], [1, [2]], { a: 1 }, { a: "1" }, { a: 1, b: undefined }, { b: 1 }])).toEqual([
      0, 1, 0, 3, 4, 3, 6,
    ]);
    expect(classes([["a,b"], ["a", "b"], ["@1"], [[]]])).toEqual([0, 1, 2, 3]);
  });

  test("typed arrays by kind and content", () => {
    expect(
      classes([Float32Array.of(1, -0), Float32Array.of(1, 0), Int32Array.of(1, 0), Float32Array.of(1, -0)]),
    ).toEqual([0, 1, 2, 0]);
  });

  test("functions and instances by identity, inside others too", () => {
    const [f, g] = [() => 1, () => 1];
    const [a, b] = [new Map(), new Map()];
    expect(classes([{ f }, { f: g }, { f }, [a], [b], [a]])).toEqual([0, 1, 0, 3, 4, 3]);
  });
});

test("shared parts are visited once", () => {
  let value: unknown = [1];
  for (let depth = 0; depth < 100; depth++) value = { left: value, right: value };
  expect(new Identities().of(value)).toMatch(/^@\d+$/);
});
