/** Every class of the barrel: a config makes an equal layer. */
import { expect, test } from "vitest";
import type { Sym } from "../../src/ir/graph.ts";
import { InputLayer, Lambda } from "../../src/nn/layers/index.ts";
import { describeLayer } from "../../src/train/config.ts";
import { hostLayers } from "../cases/layer-case.ts";
import { cellNames } from "../cases/layers.ts";
import { allLayerCases, layerClasses, makeLayer } from "./make-layer.ts";

test.each(allLayerCases)("$title", ({ of, options }) => {
  const layer = makeLayer(of, options);
  const config = layer.getConfig();
  const again = new (layerClasses.get(of)!)(config as never);
  expect(describeLayer(again).config).toEqual(describeLayer(layer).config);
  expect(again.name).toBe(layer.name);
});

test("InputLayer", () => {
  const layer = new InputLayer({ shape: [null, 3], dtype: "int32", name: "words" });
  const again = InputLayer.fromConfig(layer.getConfig());
  expect(again.getConfig()).toEqual(layer.getConfig());
  expect(again.output.shape).toEqual([null, null, 3]);
});

test("the barrel's classes have cases", () => {
  const names = new Set<string>(["InputLayer", ...cellNames, ...hostLayers, ...allLayerCases.map(({ of }) => of)]);
  expect([...layerClasses.keys()].filter((name) => !names.has(name))).toEqual([]);
});

test("a function without a name has no config", () => {
  const layer = new Lambda({ function: ((() => (x: Sym) => x) as () => (x: Sym) => Sym)(), name: "anonymous" });
  expect(() => layer.getConfig()).toThrow(/Lambda "anonymous": its function has no name/);
});
