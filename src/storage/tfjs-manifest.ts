/**
 * The weights of TensorFlow.js's `model.json`: a list of groups, each with the files that hold its bytes one behind the other, and
 * the names, shapes and types of its weights in order. T: `tfjs-core/src/io/{types,io_utils}.ts`.
 */
import { FormatError, unknownName } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { type Shape, sizeOf } from "../base/shape.ts";
import { type ByteSource, joined } from "../io/byte-source.ts";
import { type NumberType, readNumbers } from "../io/numbers.ts";
import { openFileOf, type Place } from "../io/place.ts";
import type { StoredArray } from "../io/stored-array.ts";
import type { InspectedArray } from "./inspect-file.ts";
import { isJsonObject, type Json } from "./json.ts";

const numbers = (kind: "float" | "int" | "uint", bytes: number): NumberType => ({ kind, bytes, bigEndian: false });

const types: Readonly<Record<string, NumberType>> = {
  float32: /* @__PURE__ */ numbers("float", 4),
  int32: /* @__PURE__ */ numbers("int", 4),
  bool: /* @__PURE__ */ numbers("uint", 1),
};
const quantizedTypes: Readonly<Record<string, NumberType>> = {
  uint8: /* @__PURE__ */ numbers("uint", 1),
  uint16: /* @__PURE__ */ numbers("uint", 2),
  float16: /* @__PURE__ */ numbers("float", 2),
};

const MOST_AXES = 64;

type Arrays = ReadonlyMap<string, StoredArray>;

/** Lets `read` use the weights by their names; all files that were opened are closed. */
export async function withManifest<T>(
  place: Place,
  manifest: unknown,
  read: (arrays: Arrays) => Promise<T>,
): Promise<T> {
  const groups = groupsOf(place.title, manifest);
  const sources: ByteSource[] = [];
  const arrays = new Map<string, StoredArray>();
  try {
    for (const { paths, weights } of groups) {
      const parts: ByteSource[] = [];
      for (const path of paths) {
        const source = await openFileOf(place, fileOf(place, path));
        sources.push(source);
        parts.push(source);
      }
      const names = paths.length > 3 ? `${paths.slice(0, 3).join(", ")}, …` : paths.join(", ");
      addGroup(place.title, joined(`${names} of ${place.title}`, parts), weights, arrays);
    }
    return await read(arrays);
  } finally {
    await Promise.all(sources.map((source) => source.close()));
  }
}

/** What a manifest lists: the files, and the arrays in them. */
export function manifestArrays(
  place: Place,
  manifest: unknown,
): { readonly paths: readonly string[]; readonly arrays: readonly InspectedArray[] } {
  const groups = groupsOf(place.title, manifest);
  return {
    paths: groups.flatMap(({ paths }) => paths.map((path) => fileOf(place, path))),
    arrays: groups.flatMap(({ weights }) =>
      weights.map((weight) => {
        const { name, shape, type, dtype, isOptimizer } = readSpec(place.title, weight);
        return { name, shape, dtype, bytes: sizeOf(shape) * type.bytes, isOptimizer };
      }),
    ),
  };
}

interface Group {
  readonly paths: readonly unknown[];
  readonly weights: readonly unknown[];
}

function groupsOf(title: string, manifest: unknown): readonly Group[] {
  if (!Array.isArray(manifest))
    throw new FormatError(`${title} has no list "weightsManifest", which says where its weights are.`);
  return (manifest as unknown[]).map((group) => {
    const { paths, weights }: Json = isJsonObject(group) ? group : {};
    if (Array.isArray(paths) && Array.isArray(weights)) return { paths, weights };
    throw new FormatError(`${title}: a group of its "weightsManifest" is ${formatValue(group)}.`);
  });
}

/** The name of a file beside the model's. What follows "?" in a model's address may be a key that its weights need, too. */
function fileOf({ title, name }: Place, path: unknown): string {
  if (typeof path !== "string" || path === "" || /[/\\]/.test(path))
    throw new FormatError(`${title} names ${formatValue(path)}, which is no file beside it.`);
  const query = /^https?:/.test(title) ? (/\?.*$/.exec(name ?? "")?.[0] ?? "") : "";
  return `${path}${query}`;
}

function addGroup(
  title: string,
  data: ByteSource,
  weights: readonly unknown[],
  arrays: Map<string, StoredArray>,
): void {
  let end = 0;
  for (const weight of weights) {
    const { name, shape, type, change, isOptimizer } = readSpec(title, weight);
    const [start, length] = [end, sizeOf(shape) * type.bytes];
    end += length;
    // TensorFlow.js keeps the state of an optimizer among the weights.
    if (isOptimizer) continue;
    if (arrays.has(name)) throw new FormatError(`${title} holds two weights "${name}".`);
    const read = async () => change(readNumbers(await data.read(start, length), type));
    // What the stored numbers stand for are floats, or whole numbers of 32 bits.
    arrays.set(name, { title: `"${name}"`, shape, datatype: types.float32!, read });
  }
  if (end !== data.size)
    throw new FormatError(`${title} states weights of ${end} bytes, and ${data.name} has ${data.size} bytes.`);
}

interface Spec {
  readonly name: string;
  readonly shape: Shape;
  /** For people: "float32", "uint8 of float32". */
  readonly dtype: string;
  readonly type: NumberType;
  /** What the stored numbers stand for. */
  readonly change: (values: Float32Array) => Float32Array;
  readonly isOptimizer: boolean;
}

function readSpec(title: string, weight: unknown): Spec {
  const { name, shape, dtype, quantization, group }: Json = isJsonObject(weight) ? weight : {};
  if (typeof name !== "string" || name === "")
    throw new FormatError(`${title}: a weight in its "weightsManifest" is ${formatValue(weight)}, without a name.`);
  const isShape =
    Array.isArray(shape) &&
    shape.length <= MOST_AXES &&
    shape.every((axis) => Number.isSafeInteger(axis) && axis >= 0) &&
    Number.isSafeInteger(8 * sizeOf(shape as number[]));
  if (!isShape) throw new FormatError(`${title}: the weight "${name}" has the shape ${formatValue(shape)}.`);
  const type = typeof dtype === "string" && Object.hasOwn(types, dtype) ? types[dtype] : undefined;
  if (type === undefined)
    throw new FormatError(`${title}: the weight "${name}": ${unknownName("dtype", dtype, Object.keys(types)).message}`);
  const common = { name: name.replace(/:0$/, ""), shape: shape as number[], isOptimizer: group === "optimizer" };
  if (quantization === undefined || quantization === null)
    return { ...common, dtype: dtype as string, type, change: (values) => values };
  const packed = readQuantization(`${title}: the weight "${name}"`, quantization, type.kind === "int");
  return { ...common, ...packed, dtype: `${packed.type.kind}${8 * packed.type.bytes} of ${dtype}` };
}

/** Whole numbers in equal steps from the least value on, or halves. */
function readQuantization(what: string, quantization: unknown, isInteger: boolean): Pick<Spec, "type" | "change"> {
  const { dtype, scale, min }: Json = isJsonObject(quantization) ? quantization : {};
  const type = typeof dtype === "string" && Object.hasOwn(quantizedTypes, dtype) ? quantizedTypes[dtype] : undefined;
  if (type === undefined)
    throw new FormatError(`${what}: ${unknownName("quantization", dtype, Object.keys(quantizedTypes)).message}`);
  if (type.kind === "float") return { type, change: (values) => values };
  if (!Number.isFinite(scale) || !Number.isFinite(min))
    throw new FormatError(`${what} is quantized with scale ${formatValue(scale)} and min ${formatValue(min)}.`);
  const numberOf = (level: number) => level * (scale as number) + (min as number);
  return {
    type,
    change: (levels) => levels.map((level) => (isInteger ? Math.round(numberOf(level)) : numberOf(level))),
  };
}
