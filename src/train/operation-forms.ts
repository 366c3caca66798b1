/** Functions of "fovea/ops" out of configs: Keras's classes below `keras.src.ops`, and what each is called with. */
import { toCamelCaseKeys } from "../base/case.ts";
import { FormatError, unknownName } from "../base/errors.ts";
import { formatValue } from "../base/format.ts";
import { tensor } from "../base/tensor.ts";
import { isKerasTensor, type KerasTensor } from "../nn/keras-tensor.ts";
import * as ops from "../nn/operations/index.ts";
import { Operation, type OperationCall } from "../nn/operations/operation.ts";

type Json = Readonly<Record<string, unknown>>;
type Made = KerasTensor | readonly KerasTensor[];

export interface OperationForm {
  /** The options in a config that it reads. */
  readonly options: readonly string[];
  apply(call: OperationCall): Made;
}

// Values out of a file: the functions check what they are given.
type Loose = (...args: never[]) => unknown;
const run = (call: Loose, ...args: unknown[]): Made => (call as (...given: unknown[]) => Made)(...args);

/** A function of its operands alone. */
const plain = (call: Loose): OperationForm => ({ options: [], apply: ({ args }) => run(call, ...args) });
/** A function of its operands and of these options, in the order of its parameters. */
const takes = (call: Loose, ...names: string[]): OperationForm => ({
  options: names,
  apply: ({ args, config }) => run(call, ...args, ...names.map((name) => config[name] ?? undefined)),
});
const reduces = (call: Loose): OperationForm => ({
  options: ["axis", "keepdims"],
  apply: ({ args, config: { axis, keepdims } }) =>
    run(call, args[0], axis ?? null, { keepdims: keepdims === true || keepdims === 1 }),
});
/** A function of a list of operands. */
const joins = (call: Loose): OperationForm => ({
  options: ["axis"],
  apply: ({ args, config: { axis } }) => run(call, args[0], axis),
});
const pools = (call: Loose): OperationForm => ({
  options: ["poolSize", "strides", "padding", "dataFormat"],
  apply: ({ args, config: { poolSize, strides, padding, dataFormat } }) => {
    requireLast(dataFormat);
    return run(call, args[0], poolSize, { strides: strides ?? undefined, padding });
  },
});

function requireLast(format: unknown): void {
  if (format !== undefined && format !== null && format !== "channels_last")
    throw new FormatError(`data_format is ${formatValue(format)}; operations between layers take "channels_last".`);
}

/** Keras writes Python's slices as objects, and "..." as a name. */
function keyOf(key: unknown): unknown {
  if (typeof key !== "object" || key === null) return key;
  const { class_name: className, config }: Json = key as Json;
  if (className === "__ellipsis__") return "...";
  if (className !== "__slice__" || typeof config !== "object" || config === null) return key;
  const { start, stop, step } = config as Json;
  return [start ?? null, stop ?? null, step ?? null];
}

const getItem: OperationForm = {
  options: [],
  apply: ({ args: [x, keys] }) => run(ops.getItem, x, (Array.isArray(keys) ? keys : [keys]).map(keyOf)),
};

const slice: OperationForm = {
  options: ["shape"],
  apply: ({ args: [x, startIndices], config: { shape } }) => run(ops.slice, x, startIndices, shape),
};

const clip: OperationForm = {
  options: ["xMin", "xMax"],
  apply: ({ args, config: { xMin, xMax } }) => run(ops.clip, args[0], xMin, xMax),
};

const pad: OperationForm = {
  options: ["padWidth", "mode"],
  apply: ({ args, kwargs, config: { padWidth, mode } }) =>
    run(ops.pad, args[0], padWidth, mode, { constantValues: kwargs?.constantValues ?? undefined }),
};

const einsum: OperationForm = {
  options: ["subscripts"],
  apply: ({ args, config }) => run(ops.einsum, config.subscripts, ...args),
};

const resize: OperationForm = {
  options: ["size", "interpolation", "antialias", "dataFormat"],
  apply: ({ args, config: { size, interpolation, antialias, dataFormat } }) => {
    requireLast(dataFormat);
    return run(ops.image.resize, args[0], size, { interpolation, antialias });
  },
};

export const operationForms: Readonly<Record<string, OperationForm>> = {
  "core.Cast": takes(ops.cast, "dtype"),
  "core.Slice": slice,
  "core.StopGradient": plain(ops.stopGradient),
  "core.Unstack": takes(ops.unstack, "axis"),
  "image.Resize": resize,
  "math.Erf": plain(ops.erf),
  "math.Logsumexp": reduces(ops.logsumexp),
  "math.Rsqrt": plain(ops.rsqrt),
  "math.TopK": takes(ops.topK, "k"),
  "nn.AveragePool": pools(ops.averagePool),
  "nn.Celu": takes(ops.celu, "alpha"),
  "nn.Elu": takes(ops.elu, "alpha"),
  "nn.Gelu": takes(ops.gelu, "approximate"),
  "nn.HardSigmoid": plain(ops.hardSigmoid),
  "nn.HardSilu": plain(ops.hardSilu),
  "nn.LeakyRelu": takes(ops.leakyRelu, "negativeSlope"),
  "nn.LogSigmoid": plain(ops.logSigmoid),
  "nn.LogSoftmax": takes(ops.logSoftmax, "axis"),
  "nn.MaxPool": pools(ops.maxPool),
  "nn.OneHot": takes(ops.oneHot, "numClasses", "axis"),
  "nn.Relu": plain(ops.relu),
  "nn.Relu6": plain(ops.relu6),
  "nn.Selu": plain(ops.selu),
  "nn.Sigmoid": plain(ops.sigmoid),
  "nn.Silu": plain(ops.silu),
  "nn.Softmax": takes(ops.softmax, "axis"),
  "nn.Softplus": plain(ops.softplus),
  "nn.Softsign": plain(ops.softsign),
  "numpy.Absolute": plain(ops.abs),
  "numpy.Add": plain(ops.add),
  "numpy.All": reduces(ops.all),
  "numpy.Any": reduces(ops.any),
  "numpy.Argmax": reduces(ops.argmax),
  "numpy.Argmin": reduces(ops.argmin),
  "numpy.BroadcastTo": takes(ops.broadcastTo, "shape"),
  "numpy.Ceil": plain(ops.ceil),
  "numpy.Clip": clip,
  "numpy.Concatenate": joins(ops.concatenate),
  "numpy.Cos": plain(ops.cos),
  "numpy.Divide": plain(ops.divide),
  "numpy.Einsum": einsum,
  "numpy.Equal": plain(ops.equal),
  "numpy.Exp": plain(ops.exp),
  "numpy.ExpandDims": takes(ops.expandDims, "axis"),
  "numpy.Expm1": plain(ops.expm1),
  "numpy.Flip": takes(ops.flip, "axis"),
  "numpy.Floor": plain(ops.floor),
  "numpy.FloorDivide": plain(ops.floorDivide),
  "numpy.GetItem": getItem,
  "numpy.Greater": plain(ops.greater),
  "numpy.GreaterEqual": plain(ops.greaterEqual),
  "numpy.Isfinite": plain(ops.isfinite),
  "numpy.Isinf": plain(ops.isinf),
  "numpy.Isnan": plain(ops.isnan),
  "numpy.Less": plain(ops.less),
  "numpy.LessEqual": plain(ops.lessEqual),
  "numpy.Log": plain(ops.log),
  "numpy.Log1p": plain(ops.log1p),
  "numpy.LogicalAnd": plain(ops.logicalAnd),
  "numpy.LogicalNot": plain(ops.logicalNot),
  "numpy.LogicalOr": plain(ops.logicalOr),
  "numpy.Matmul": plain(ops.matmul),
  "numpy.Max": reduces(ops.max),
  "numpy.Maximum": plain(ops.maximum),
  "numpy.Mean": reduces(ops.mean),
  "numpy.Min": reduces(ops.min),
  "numpy.Minimum": plain(ops.minimum),
  "numpy.Mod": plain(ops.mod),
  "numpy.Moveaxis": takes(ops.moveaxis, "source", "destination"),
  "numpy.Multiply": plain(ops.multiply),
  "numpy.Negative": plain(ops.negative),
  "numpy.NotEqual": plain(ops.notEqual),
  "numpy.Pad": pad,
  "numpy.Power": plain(ops.power),
  "numpy.Prod": reduces(ops.prod),
  "numpy.Reciprocal": plain(ops.reciprocal),
  "numpy.Repeat": takes(ops.repeat, "repeats", "axis"),
  "numpy.Reshape": takes(ops.reshape, "newshape"),
  "numpy.Round": takes(ops.round, "decimals"),
  "numpy.Sign": plain(ops.sign),
  "numpy.Sin": plain(ops.sin),
  "numpy.Split": takes(ops.split, "indicesOrSections", "axis"),
  "numpy.Sqrt": plain(ops.sqrt),
  "numpy.Square": plain(ops.square),
  "numpy.Squeeze": takes(ops.squeeze, "axis"),
  "numpy.Stack": joins(ops.stack),
  "numpy.Std": reduces(ops.std),
  "numpy.Subtract": plain(ops.subtract),
  "numpy.Sum": reduces(ops.sum),
  "numpy.Take": takes(ops.take, "axis"),
  "numpy.Tanh": plain(ops.tanh),
  "numpy.Tile": takes(ops.tile, "repeats"),
  "numpy.Transpose": takes(ops.transpose, "axes"),
  "numpy.TrueDivide": plain(ops.trueDivide),
  "numpy.Var": reduces(ops.variance),
  "numpy.Where": plain(ops.where),
};

/** An operation between layers in a config. */
export interface OperationJson {
  readonly module: string;
  readonly class_name: string;
  readonly name: string;
  readonly config: Json;
  readonly inbound_nodes: unknown;
}

const prefix = "keras.src.ops.";

/** Whether it is an operation, which shares its name with a layer at times: `Add`. */
export function isOperationConfig(value: unknown): value is OperationJson {
  if (typeof value !== "object" || value === null) return false;
  const { module, class_name: className, name, config }: Json = value as Json;
  const texts = [module, className, name].every((text) => typeof text === "string");
  return texts && (module as string).startsWith(prefix) && typeof config === "object" && config !== null;
}

const keyOfOperation = ({ module, class_name: className }: OperationJson) =>
  `${module.slice(prefix.length)}.${className}`;

export const readsOperation = (json: OperationJson): boolean => Object.hasOwn(operationForms, keyOfOperation(json));

/** Values of options that fovea has not, and behaves like. */
const usual: Json = { sorted: true, sparse: false, dtype: "float32", fillMode: "constant", fillValue: 0 };

/** Makes a call. @param args arguments of the call, symbolic tensors in their places */
export function applyOperation(json: OperationJson, args: readonly unknown[], kwargs: Json): readonly KerasTensor[] {
  const { name, config } = json;
  const key = keyOfOperation(json);
  if (!readsOperation(json)) throw unknownName("operation between layers", key, Object.keys(operationForms));
  const form = operationForms[key]!;
  const options = toCamelCaseKeys(config) as Json;
  for (const [option, value] of Object.entries(options)) {
    const isPlain = value === null || value === false || value === usual[option] || option === "num";
    if (option !== "name" && !form.options.includes(option) && !isPlain)
      throw new FormatError(
        `modelFromJSON: the operation ${json.class_name} "${name}" has ${option} ${formatValue(value)}, which fovea does not know.`,
      );
  }
  const call = { args: args.map(constantOf), kwargs: toCamelCaseKeys(kwargs) as Json, config: options };
  const made = form.apply(call);
  const list = isKerasTensor(made) ? [made] : made;
  const [first] = list;
  if (!isKerasTensor(first))
    throw new FormatError(`modelFromJSON: the operation ${json.class_name} "${name}" reads no output of a layer.`);
  if ((first.layer as unknown) instanceof Operation) (first.layer as unknown as Operation).rename(name);
  return list;
}

/** Keras writes arrays as objects. */
function constantOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null || isKerasTensor(value)) return value;
  const { class_name: className, config }: Json = value as Json;
  if (className !== "__tensor__" && className !== "__numpy__") return value;
  const { value: values, dtype }: Json = (config ?? {}) as Json;
  return tensor(values as number[], undefined, dtype === "int32" || dtype === "int64" ? "int32" : "float32");
}
