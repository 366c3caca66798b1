/** Good options of each figure with something hostile deep inside: a scene that can be painted comes out, or an error of the library's. */
import { toSvg } from "fovea/plot";
import sharp from "sharp";
import { expect, test } from "vitest";
import { FoveaError, InternalError } from "../../../src/base/errors.ts";
import { keyOf, RandomStream } from "../../../src/base/random.ts";
import { testSeed } from "../../seed.ts";
import { sampleOptions } from "./samples.ts";

const values: readonly unknown[] = [
  ...[undefined, null, true, "", "x", "#12", 0, -0, -1, 0.5, 1, 2, 3, 7, 1e9, 2 ** 31, 2 ** 53, 1e300, 1.7e308, -1e308],
  ...[5e-324, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 10n, Symbol("s"), () => 1, new Date(0)],
  ...[[], [[]], [Number.NaN], [1, "2"], [[1, 2], [3]], new Array(3), new Array(100_001), {}, Object.create(null)],
  ...[new Float32Array(0), new BigInt64Array(2), new DataView(new ArrayBuffer(8)), new Float64Array([1e308, -1e308])],
  ...[
    { data: [1], shape: [2] },
    { data: [], shape: [0, 0] },
    { data: [1], shape: [1, 1, 1] },
    { length: 3 },
    new Map(),
  ],
  ...[
    "\u0000\ud800<&",
    "__proto__",
    "light",
    "diverging",
    "log",
    { paper: "red" },
    { y: 0, x: 0, height: -1, width: 1 },
  ],
];

type Holder = Record<string, unknown>;

/** Replaces, adds or removes something at random, anywhere in the options. */
function damaged(options: object, random: RandomStream): object {
  const copy = structuredClone(options) as Holder;
  let at = copy;
  for (;;) {
    const keys = Object.keys(at);
    const key = keys[random.below(keys.length)];
    if (key === undefined) return copy;
    const inner = at[key];
    const goesDeeper =
      typeof inner === "object" && inner !== null && !ArrayBuffer.isView(inner) && random.uniform() < 0.6;
    if (goesDeeper) {
      at = inner as Holder;
      continue;
    }
    if (random.uniform() < 0.1) delete at[key];
    else at[key] = values[random.below(values.length)];
    return copy;
  }
}

test.each(Object.entries(sampleOptions("text")))("%s", async (name, [figure, options]) => {
  const random = new RandomStream(keyOf(testSeed));
  let drawn = 0;
  for (let i = 0; i < 500; i++) {
    const given = damaged(options, random);
    let svg: string;
    try {
      svg = toSvg(figure(given as never));
    } catch (error) {
      if (!(error instanceof FoveaError) || error instanceof InternalError) throw error;
      expect(error.message.length, error.message).toBeGreaterThan(20);
      expect(error.message).not.toMatch(/\[object |undefined \(reading/);
      continue;
    }
    drawn++;
    expect(svg, JSON.stringify(Object.keys(given))).not.toMatch(/="[^"]*(NaN|Infinity|undefined)/);
    if (drawn % 25 === 0) await sharp(Buffer.from(svg)).metadata();
  }
  expect(drawn, `${name}: some damage is none`).toBeGreaterThan(5);
});
