import { refuseOption } from "../../base/options.ts";
import type { Nested } from "../../base/structure.ts";
import { Tensor, type TensorLike } from "../../base/tensor.ts";
import { choice, fixed, type GivenOptions, integer, type OptionsOf, value } from "../option-kinds.ts";
import { describeObject, isObjectConfig } from "../options.ts";
import { categoryModes } from "./categories.ts";
import { bucketOf } from "./hash-buckets.ts";
import { encodeOnHost, HostLayer } from "./host-layer.ts";
import type { LayerOptions } from "./layer.ts";
import { salt } from "./lookup-options.ts";
import { type Entries, numbersOf, type Texts, textsOf } from "./texts.ts";
import type { Token } from "./vocabulary.ts";

type DTypeName = "float32" | "int32" | "int64";

const options = {
  /** Kept for configs: what Keras makes of it, "int64" with outputMode "int". Numbers here are int32, vectors float32. */
  dtype: /* @__PURE__ */ value<DTypeName | "auto", "auto">(
    (given, owner, name) => {
      const wanted = isObjectConfig(given) ? given.config.name : given;
      return wanted === "auto" || wanted === "float32" || wanted === "int32" || wanted === "int64"
        ? wanted
        : refuseOption(owner, name, given, '"float32", "int32" or "int64"');
    },
    { default: "auto" },
  ),
  /** Bins, with the one of `maskValue`. */
  numBins: /* @__PURE__ */ integer({ min: 1 }),
  /** Two whole numbers by which hashes differ (SipHash); null: FarmHash. Default null. */
  salt: /* @__PURE__ */ salt(),
  /** The word whose bin is 0, where no other one falls. Default null: none. */
  maskValue: /* @__PURE__ */ value<Token, null>(
    (given, owner, name) =>
      typeof given === "string" || Number.isSafeInteger(given)
        ? (given as Token)
        : refuseOption(owner, name, given, "a text or a whole number"),
    { default: null },
  ),
  /** "int": the number of the bin. The others are those of `CategoryEncoding`. Default "int". */
  outputMode: /* @__PURE__ */ choice(["int", ...categoryModes], { default: "int" }),
  /** Only false. */
  sparse: /* @__PURE__ */ fixed(false),
};

export type HashingOptions = GivenOptions<typeof options>;

/** Whether the first entry of nested lists is a text. */
const holdsTexts = (x: unknown): boolean => (Array.isArray(x) ? holdsTexts(x[0]) : typeof x === "string");

/**
 * Words or whole numbers put into bins by their hashes, the same as in TensorFlow. It works on the host: `run` gives int32 of the input's
 * shape, or float32 vectors of rows: [batch, count] → [batch, numBins]. K: `layers/preprocessing/hashing.py`.
 *
 * @throws ArgumentError for anything but texts and numbers
 * @example
 * ```ts
 * import { Hashing } from "fovea/layers";
 * const hashing = new Hashing({ numBins: 3 });
 * (await hashing.run([["A"], ["B"], ["A"]])).shape; // [3, 1]
 * ```
 */
export class Hashing extends HostLayer<OptionsOf<typeof options>> {
  static override readonly className = "Hashing";
  static override readonly options = options;

  constructor(given: HashingOptions & Omit<LayerOptions, "dtype">) {
    super(given as object);
  }

  #binOf(token: Token): number {
    const { numBins, maskValue, salt: pair } = this.options;
    if (maskValue === null || numBins === 1) return bucketOf(token, numBins, pair);
    return token === maskValue ? 0 : 1 + bucketOf(token, numBins - 1, pair);
  }

  /** The bins of words or numbers; fractions are cut. */
  override async run(x: Texts | Nested<TensorLike>): Promise<Tensor> {
    const { outputMode, numBins } = this.options;
    const who = `${this.title}: run`;
    const { shape, values }: Entries<Token> = holdsTexts(x) ? textsOf(who, x) : numbersOf(who, x);
    const bins = values.map((token) => this.#binOf(token));
    if (outputMode === "int") return new Tensor(Int32Array.from(bins), shape);
    return encodeOnHost(this.title, outputMode, { shape, values: bins }, numBins).astype("float32");
  }

  override getConfig(): Record<string, unknown> {
    const { dtype, outputMode } = this.options;
    const name = dtype !== "auto" ? dtype : outputMode === "int" ? "int64" : "float32";
    return { ...super.getConfig(), dtype: describeObject("keras", "DTypePolicy", { name }) };
  }
}
