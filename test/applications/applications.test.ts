/** Keras's applications: numbers of weights, layers and outputs as real Keras has them (bench/applications/make.py). */
import { createHash } from "node:crypto";
import { clearSession, type Model, Tensor } from "fovea";
import * as applications from "fovea/applications";
import { afterEach, describe, expect, test, vi } from "vitest";
import { imagesFor, placeWeights } from "../../bench/applications/weights.mjs";
import { temporaryFolder } from "../data/idx-files.ts";
import golden from "../golden/applications.json" with { type: "json" };

interface Recorded {
  readonly parameters: number;
  readonly trainable: number;
  readonly layers: number;
  /** Of the classes and names of all layers. */
  readonly names: string;
  readonly file: readonly [file: string, url: string, hash: string | null];
}
interface Case {
  readonly options: { readonly inputShape: readonly number[] };
  readonly y: { readonly shape: readonly number[]; readonly data: readonly number[] };
}
interface Golden {
  readonly top: Recorded;
  readonly noTop: Recorded;
  readonly case?: Case;
}

type Make = (options?: object) => Promise<Model>;
const makers = applications as unknown as Readonly<Record<string, Make>>;
const recorded = Object.entries(golden as unknown as Readonly<Record<string, Golden>>);

afterEach(() => {
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
});

test("every application has numbers of Keras", () => {
  const functions = Object.entries(makers).filter(([, made]) => typeof made === "function");
  expect(functions.map(([name]) => name).sort()).toEqual(recorded.map(([name]) => name).sort());
});

describe.each(recorded)("%s", (name, { top, noTop, case: computed }) => {
  const make: Make = makers[name]!;

  test.each([
    ["with the top", {}, top],
    ["without the top", { includeTop: false }, noTop],
  ])("has Keras's weights and layers, %s", async (_title, options, expected) => {
    clearSession();
    const model = await make({ weights: null, ...options });
    const names = JSON.stringify(model.layers.map((layer) => [layer.className, layer.name]));
    expect({
      parameters: model.countParams(),
      trainable: model.trainableWeights.reduce((sum, { size }) => sum + size, 0),
      layers: model.layers.length,
      names: createHash("sha256").update(names).digest("hex").slice(0, 16),
    }).toEqual({ ...expected, file: undefined });
  });

  test.each([
    ["with the top", {}, top],
    ["without the top", { includeTop: false }, noTop],
  ])("asks for Keras's file, %s", async (_title, options, { file: [file, url, hash] }) => {
    vi.stubEnv("XDG_CACHE_HOME", await temporaryFolder());
    vi.stubEnv("FOVEA_DATA", "");
    const asked: string[] = [];
    vi.stubGlobal("fetch", async (address: string) => {
      asked.push(address);
      return new Response(new Uint8Array(1));
    });
    const failing = make(options);
    if (hash === null) await expect(failing).rejects.toThrow(`${file} is no HDF5 file`);
    else await expect(failing).rejects.toThrow(new RegExp(`^${name}: No mirror gave ${file}:\n.*expected ${hash}\\.`));
    expect(asked).toEqual([url]);
  });

  if (computed !== undefined)
    test.each(["reference", "cpu"] as const)("computes what Keras does, %s", async (device) => {
      const { options, y } = computed;
      const model = await make({ weights: null, ...options });
      placeWeights(model);
      model.compile({ device });
      const shape = [2, ...options.inputShape];
      const { data, shape: found } = await model.predict(new Tensor(imagesFor(name, shape), shape), { verbose: 0 });
      expect(found).toEqual(y.shape);
      const scale = Math.max(...y.data.map(Math.abs));
      const gaps = y.data.map((value, i) => Math.abs(value - data[i]!) / scale);
      expect(Math.max(...gaps)).toBeLessThan(1e-5);
    });
});
