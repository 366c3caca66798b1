/** Generators of seeds, and orders that are drawn. */
import { jit } from "fovea";
import { add, random, type Sym } from "fovea/ops";
import { describe, expect, test } from "vitest";

const device = "reference";
const draw = (seed: random.Seed) => jit((x: Sym) => add(x, random.uniform([null], { seed })), { device });
const numbers = async (seed: random.Seed, calls: number) => {
  const run = draw(seed);
  const all: number[][] = [];
  for (let i = 0; i < calls; i++) all.push([...(await run([0, 0, 0])).data]);
  return all;
};

describe("SeedGenerator", () => {
  test("draws others at each step, and the same ones in another program", async () => {
    const [first, second] = await numbers(new random.SeedGenerator({ seed: 7 }), 2);
    expect(new Set([...first!, ...second!]).size).toBe(6);
    expect(await numbers(new random.SeedGenerator({ seed: 7 }), 2)).toEqual([first, second]);
    expect((await numbers(new random.SeedGenerator({ seed: 8 }), 1))[0]).not.toEqual(first);
    // A whole number draws the same at each step.
    const [once, again] = await numbers(7, 2);
    expect(again).toEqual(once);
  });

  test("draws others each time that a step asks, by its own count", async () => {
    const generator = new random.SeedGenerator({ seed: 1 });
    const twice = jit(
      (x: Sym) => [add(x, random.uniform([null], { seed: generator })), random.uniform([3], { seed: generator })],
      { device },
    );
    const [a, b] = await twice([0, 0, 0]);
    expect(new Set([...a!.data, ...b!.data]).size).toBe(6);
    // Another program begins to count anew.
    expect([...(await draw(generator)([0, 0, 0])).data]).toEqual([...a!.data]);
  });

  test("without a seed no two are alike; a bad seed is refused", async () => {
    const [a] = await numbers(new random.SeedGenerator(), 1);
    const [b] = await numbers(new random.SeedGenerator(), 1);
    expect(a).not.toEqual(b);
    expect(() => new random.SeedGenerator({ seed: 0.5 })).toThrow(
      "random.SeedGenerator: seed is 0.5, expected a whole number or null.",
    );
    await expect(draw("7" as never)([0])).rejects.toThrow('random.uniform: seed is "7"');
  });
});

describe("shuffle", () => {
  test("gives every order of an axis about as often, and all rows the same one", async () => {
    const generator = new random.SeedGenerator({ seed: 3 });
    const run = jit((x: Sym) => random.shuffle(x, 1, { seed: generator }), { device });
    const counts = new Map<string, number>();
    for (let i = 0; i < 180; i++) {
      const [one, other] = (
        await run([
          [1, 2, 3],
          [4, 5, 6],
        ])
      ).toArray() as number[][];
      expect(other).toEqual(one!.map((value) => value + 3));
      counts.set(one!.join(), (counts.get(one!.join()) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    // 30 of each on average, with a standard deviation of 5.
    for (const count of counts.values()) expect(Math.abs(count - 30)).toBeLessThan(20);
  });

  test("of a value that is no batch goes over axis 0; of a batch it is refused", async () => {
    const run = jit((x: Sym) => random.shuffle(x, 0, { seed: 5 }), { device, batched: false });
    const { data } = await run([1, 2, 3, 4, 5]);
    expect([...data].sort()).toEqual([1, 2, 3, 4, 5]);
    await expect(jit((x: Sym) => random.shuffle(x), { device })([1, 2])).rejects.toThrow(
      "random.shuffle would run along axis 0",
    );
  });
});
