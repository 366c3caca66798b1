/** Layers that work before a step, or without gradients: what real Keras gives, what it learned, and its configs. */
import { beforeAll, describe, expect, test } from "vitest";
import { toCamelCaseKeys, toSnakeCaseKeys } from "../../src/base/case.ts";
import { type NestedArray, Tensor, tensor } from "../../src/base/tensor.ts";
import { Discretization, StringLookup } from "../../src/nn/layers/index.ts";
import type { Layer } from "../../src/nn/layers/layer.ts";
import { nested, type Texts } from "../../src/nn/layers/texts.ts";
import golden from "../golden/preprocessing.json" with { type: "json" };
import { relativeError } from "../ir/closeness.ts";
import { layerClasses } from "./make-layer.ts";

interface Value {
  readonly shape: readonly number[];
  readonly data: readonly (number | string)[];
  readonly dtype?: string;
}

interface Golden {
  readonly layer: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly adapt: Value | null;
  readonly input: Value;
  readonly output: Value;
  readonly kerasConfig: Readonly<Record<string, unknown>>;
  readonly vocabulary?: readonly unknown[];
  readonly boundaries?: readonly number[];
}

const cases = (golden.cases as unknown as readonly Golden[]).map((each) => ({
  each,
  title: `${each.layer} ${JSON.stringify(each.config)}`,
}));

type Learning = Layer & { adapt(data: unknown): Promise<void>; getVocabulary(): unknown };

const given = ({ shape, data, dtype }: Value): Texts | Tensor =>
  dtype === "string"
    ? (nested({ shape, values: data as string[] }) as Texts)
    : tensor(data as NestedArray & number[], shape, dtype === "int32" ? "int32" : "float32");

const make = (name: string, config: object) => new (layerClasses.get(name)!)(config as never) as Learning;

/** Numbers that Keras keeps in float32, and what hangs on the process. */
function comparable({ name: _, vocabulary_size: _size, ...config }: Readonly<Record<string, unknown>>): unknown {
  const rounded = (_key: string, value: unknown) => (typeof value === "number" ? Math.fround(value) : value);
  return JSON.parse(JSON.stringify(config, rounded));
}

const runOf = async (layer: Layer, x: Texts | Tensor): Promise<unknown> => {
  if (layer instanceof StringLookup && layer.options.invert) return layer.decode(x as Tensor);
  const host = layer as unknown as { run(x: unknown, options?: object): Promise<Tensor> };
  return layer.ranks === undefined && "words" in layer ? host.run(x) : host.run(x, { device: "reference" });
};

describe.each(cases)("$title", ({ each }) => {
  let layer: Learning;
  beforeAll(async () => {
    layer = make(each.layer, toCamelCaseKeys(each.config) as object);
    if (each.adapt !== null) await layer.adapt(given(each.adapt));
  });

  test("learns and gives what Keras does", async () => {
    if (each.vocabulary !== undefined) expect(layer.getVocabulary()).toEqual(each.vocabulary);
    if (each.boundaries !== undefined)
      expect(relativeError((layer as unknown as Discretization).binBoundaries!, each.boundaries)).toBeLessThan(1e-6);
    const made = await runOf(layer, given(each.input));
    if (!(made instanceof Tensor)) {
      expect(made).toEqual(given(each.output));
      return;
    }
    expect(made.shape).toEqual(each.output.shape);
    expect(relativeError(made.data, each.output.data as number[])).toBeLessThan(1e-5);
    if (each.output.dtype === "int32" && layer.constructor !== Discretization && "words" in layer)
      expect(made.dtype).toBe("int32");
  });

  test("writes Keras's config, with what it learned", async () => {
    const own = toSnakeCaseKeys(layer.getConfig()) as Record<string, unknown>;
    expect(Object.keys(own)).toEqual(Object.keys(each.kerasConfig));
    const learned = each.adapt === null ? {} : { vocabulary: own.vocabulary, idf_weights: own.idf_weights };
    const stated = Object.fromEntries(Object.entries(learned).filter(([, value]) => value !== undefined));
    const close = { ...stated, ...("bin_boundaries" in own ? { bin_boundaries: own.bin_boundaries } : {}) };
    expect(comparable(own)).toEqual(comparable({ ...each.kerasConfig, ...close }));
    const again = make(each.layer, JSON.parse(JSON.stringify(layer.getConfig())) as object);
    expect(again.getConfig()).toEqual(layer.getConfig());
    if (each.layer === "Normalization") return;
    expect(await runOf(again, given(each.input))).toEqual(await runOf(layer, given(each.input)));
  });
});
