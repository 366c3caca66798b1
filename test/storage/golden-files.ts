/** Files that real Keras 3.15.1 wrote, and what it says of them. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type AnyModel, type Nested, Tensor, tensor } from "fovea";
import { Layer } from "fovea/layers";
import { type Sym, softmax } from "fovea/ops";
import { integer } from "fovea/options";
import { flatten } from "../../src/base/structure.ts";
import { assertClose } from "../ir/closeness.ts";

interface Value {
  readonly shape: readonly number[];
  readonly data: readonly number[];
  readonly dtype?: string;
}
export type Values = Value | readonly Values[] | { readonly [name: string]: Values };

const isValue = (value: Values): value is Value => "shape" in value && "data" in value;

export const goldenPath = (name: string) => fileURLToPath(new URL(`../golden/files/${name}`, import.meta.url));
export const goldenBytes = (name: string) => new Uint8Array(readFileSync(goldenPath(name)));
export const goldenJson = <T>(path: string): T =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`../golden/${path}`, import.meta.url)), "utf8")) as T;

export function tensorsOf(value: Values): Nested<Tensor> {
  if (isValue(value)) {
    const { shape, data, dtype } = value;
    return tensor(dtype === "int32" ? Int32Array.from(data) : Float32Array.from(data), shape);
  }
  if (Array.isArray(value)) return value.map(tensorsOf);
  return Object.fromEntries(Object.entries(value as object).map(([name, each]) => [name, tensorsOf(each as Values)]));
}

/** The first rows of each value. */
export function firstRows(value: Nested<Tensor>, rows: number): Nested<Tensor> {
  if (value instanceof Tensor) return value.slice(0, rows);
  if (Array.isArray(value)) return value.map((each) => firstRows(each, rows));
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, firstRows(each, rows)]));
}

/** A list of one value is that value. */
const alone = (value: Nested<Tensor>) => (Array.isArray(value) && value.length === 1 ? (value[0] as Tensor) : value);

export async function checkPredictions(
  model: AnyModel,
  inputs: Nested<Tensor>,
  outputs: Nested<Tensor>,
  tolerance = 1e-5,
): Promise<void> {
  const found = (await model.predict(alone(inputs) as never, { verbose: 0 })) as unknown as Nested<Tensor>;
  const isTensor = (value: unknown): value is Tensor => value instanceof Tensor;
  const [actual, expected] = [flatten(found, isTensor), flatten(outputs, isTensor)];
  if (String(actual.map(({ shape }) => shape)) !== String(expected.map(({ shape }) => shape)))
    throw new Error(`shapes ${actual.map(({ shape }) => `[${shape}]`)}`);
  for (const [i, { data }] of expected.entries())
    assertClose(Array.from(actual[i]!.data), Array.from(data), tolerance, `output ${i}`);
}

/** A layer that fovea may lack, given as one of the user's own. */
export class Softmax extends Layer<{ axis: number }> {
  static override readonly options = { axis: integer({ default: -1 }) };
  override call(x: Sym): Sym {
    return softmax(x, this.options.axis);
  }
}
