/** Options that every layer takes. */
import { ArgumentError } from "../../base/errors.ts";
import { formatValue } from "../../base/format.ts";
import { type DTypePolicy, describeLayerPolicy, type Int8Policy, readLayerPolicy } from "../dtype-policy.ts";
import type { BatchShape } from "../keras-tensor.ts";
import { flag, type Option, type OptionTable, value } from "../option-kinds.ts";
import { dtypePolicy } from "../process-state.ts";
import { type RegularizerLike, regularizer } from "../regularizers/resolve.ts";
import { checkShape } from "./arguments.ts";

/** What every layer takes besides its own options. */
export interface LayerOptions {
  /** Default: the class's name in snake_case, numbered. */
  readonly name?: string | undefined;
  /** Whether an optimizer may change its weights. Default true. */
  readonly trainable?: boolean | undefined;
  /** Shape of one row, for the first layer of a Sequential. */
  readonly inputShape?: BatchShape | undefined;
  /** The same with the batch axis. */
  readonly batchInputShape?: BatchShape | undefined;
  /** Penalty of the output, divided by the rows. Default none. */
  readonly activityRegularizer?: RegularizerLike | null | undefined;
  /**
   * The dtype policy, which files keep; `setDtypePolicy` says what it does. With "int8_from_float32" a layer begins with int8 weights
   * of zeros, which a file fills. Default: what `setDtypePolicy` set, at first "float32".
   */
  readonly dtype?: DTypePolicy | Int8Policy | undefined;
}

const trimShape = (shape: unknown, owner: string, name: string): BatchShape => {
  checkShape(owner, name, shape as BatchShape);
  return shape as BatchShape;
};

/** The policy; its default is the process's at the time when the layer is made. */
function policyOption(): Option<DTypePolicy | Int8Policy, DTypePolicy | Int8Policy, false> {
  return {
    ...value<DTypePolicy | Int8Policy, "float32">(readLayerPolicy, { default: "float32", write: describeLayerPolicy }),
    get default() {
      return dtypePolicy();
    },
  };
}

/** An option that does not stand in configs; `getConfig` adds the name itself. */
const unwritten = <T>(
  check: (given: unknown, owner: string, name: string) => T,
): Option<T | null, T | null, false> => ({
  ...value<T, null>(check, { default: null }),
  write: () => undefined,
});

/** Options that `Layer` itself holds; `getConfig` of a layer puts name, trainable and dtype first, as Keras does. */
export const commonOptions = {
  name: /* @__PURE__ */ unwritten((name, owner) => {
    if (typeof name !== "string" || name === "" || name.includes("/"))
      throw new ArgumentError(`${owner}: name is ${formatValue(name)}, expected a string without "/".`);
    return name;
  }),
  trainable: /* @__PURE__ */ flag({ default: true }),
  inputShape: /* @__PURE__ */ unwritten(trimShape),
  batchInputShape: /* @__PURE__ */ unwritten(trimShape),
  activityRegularizer: /* @__PURE__ */ regularizer(),
  dtype: /* @__PURE__ */ policyOption(),
};

/** The names of the options of a class and of those between it and `Layer`, in their order. */
export function ownOptionNames(made: unknown): string[] {
  const names: string[] = [];
  for (
    let each = made as { readonly options: OptionTable };
    each.options !== commonOptions;
    each = Object.getPrototypeOf(each)
  )
    if (Object.hasOwn(each, "options")) names.unshift(...Object.keys(each.options));
  return names;
}
