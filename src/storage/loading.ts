/** Weights on their way from a file into variables: all are checked before the first is set. */
import { FormatError } from "../base/errors.ts";
import { formatShape, type Shape, sameShape } from "../base/shape.ts";
import { isFloat16, type NumberType } from "../io/numbers.ts";
import type { StoredArray } from "../io/stored-array.ts";
import type { LoadedWeights } from "../train/storable.ts";
import type { WeightArray } from "./weight-arrays.ts";

/** An array that was found for a weight. */
interface Found {
  readonly weight: WeightArray;
  readonly array: StoredArray;
}

export class Loading {
  readonly #file: string;
  readonly #skipMismatch: boolean;
  readonly #takesAll: boolean;
  readonly #found: Found[] = [];
  readonly #skipped: string[] = [];

  /**
   * @param file names the file in messages
   * @param takesAll whether nothing may be left out, an optimizer's state neither
   */
  constructor(file: string, skipMismatch = false, takesAll = false) {
    this.#file = file;
    this.#skipMismatch = skipMismatch;
    this.#takesAll = takesAll;
  }

  /** Notes something that does not fit, or throws where that is not allowed. */
  mismatch(sentence: string): void {
    if (!this.#skipMismatch) throw new FormatError(`${this.#file}: ${sentence}.`);
    this.skip(sentence);
  }

  /** Notes something that is left out. */
  skip(sentence: string): void {
    if (this.#takesAll) throw new FormatError(`${this.#file}: ${sentence}.`);
    this.#skipped.push(sentence);
  }

  /** Assigns arrays to the weights of a layer, in order. */
  match(title: string, weights: readonly WeightArray[], arrays: readonly StoredArray[]): void {
    if (weights.length !== arrays.length) {
      this.mismatch(
        `${title} has ${count(weights.length)}, and the file ${arrays.length} for it${hint(weights, arrays)}`,
      );
      return;
    }
    weights.forEach((weight, i) => {
      const array = arrays[i]!;
      if (!sameShape(weight.shape, array.shape)) this.mismatch(wrongShape(title, weight, array.shape));
      else if (!fitsType(weight, array)) this.mismatch(wrongType(title, weight, array));
      else this.#found.push({ weight, array });
    });
  }

  /**
   * Assigns arrays to an optimizer's variables. As in Keras, a state of another optimizer, or for other weights, is left out: it
   * does not belong to the model.
   */
  matchOptimizer(title: string, weights: readonly WeightArray[], arrays: readonly StoredArray[]): void {
    const fits =
      weights.length === arrays.length && weights.every(({ shape }, i) => sameShape(shape, arrays[i]!.shape));
    if (fits) this.match(title, weights, arrays);
    else this.skip(`${title} starts afresh: the state in the file is that of another optimizer, or for other weights`);
  }

  /**
   * Reads the arrays and sets the variables.
   *
   * @param fresh whether the model is new, so that a failure spoils nothing: each array then takes its place as it comes, and
   *   memory holds each weight once. Otherwise nothing is set before all are read
   */
  async finish(fresh: boolean): Promise<LoadedWeights> {
    const held: [WeightArray, Float32Array][] = [];
    for (const { weight, array } of this.#found) {
      const values = await array.read();
      weight.check?.(values);
      if (fresh) weight.set(values);
      else held.push([weight, values]);
    }
    for (const [weight, values] of held) weight.set(values);
    return { loaded: this.#found.length, skipped: this.#skipped };
  }
}

const count = (number: number) => `${number} weight${number === 1 ? "" : "s"}`;

const wrongShape = (title: string, weight: WeightArray, found: Shape) =>
  `${title}: the weight "${weight.path}" has shape ${formatShape(weight.shape)}, and the array in the file ${formatShape(found)}`;

const isInt8 = ({ datatype: { kind, bytes } }: StoredArray) => kind === "int" && bytes === 1;

/** Whether the numbers of a file are those of the weight: int8 stands for others, and float16 would round them. */
function fitsType({ dtype }: WeightArray, array: StoredArray): boolean {
  if (dtype === "float16") return isFloat16(array.datatype);
  return isInt8(array) === (dtype === "int8");
}

const typeName = ({ kind, bytes }: NumberType) => (kind === "bfloat16" ? kind : `${kind}${8 * bytes}`);

const wrongType = (title: string, { path, dtype }: WeightArray, array: StoredArray) =>
  `${title}: the weight "${path}" is kept as ${dtype}, and the array in the file is ${typeName(array.datatype)}; ${mend(dtype !== "float32")}`;

/** What to do about a file of another kind than the model. */
const mend = (isQuantized: boolean) =>
  isQuantized
    ? "call model.dequantize() before, and model.quantize() afterwards"
    : 'call model.quantize("int8") before, or open the whole model with loadModel';

/** What to do where a layer and its arrays are not quantized alike; "" where they are. */
function hint(weights: readonly WeightArray[], arrays: readonly StoredArray[]): string {
  const [own, other] = [weights.some(({ dtype }) => dtype === "int8"), arrays.some(isInt8)];
  if (own === other) return "";
  return `; ${own ? "its weights are int8, those of the file are not" : "those of the file are int8"}: ${mend(own)}`;
}
