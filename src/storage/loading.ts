/** Weights on their way from a file into variables: all are checked before the first is set. */
import { FormatError } from "../base/errors.ts";
import { formatShape, type Shape, sameShape } from "../base/shape.ts";
import type { StoredArray } from "../io/stored-array.ts";
import type { Variable } from "../nn/variable.ts";
import type { LoadedWeights } from "../train/storable.ts";

/** An array that was found for a variable. */
interface Found {
  readonly variable: Variable;
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

  /** Assigns arrays to the variables of a layer, in order. */
  match(title: string, variables: readonly Variable[], arrays: readonly StoredArray[]): void {
    if (variables.length !== arrays.length) {
      this.mismatch(`${title} has ${count(variables.length)}, and the file ${arrays.length} for it`);
      return;
    }
    variables.forEach((variable, i) => {
      const array = arrays[i]!;
      if (sameShape(variable.shape, array.shape)) this.#found.push({ variable, array });
      else this.mismatch(wrongShape(title, variable, array.shape));
    });
  }

  /**
   * Assigns arrays to an optimizer's variables. As in Keras, a state of another optimizer, or for other weights, is left out: it
   * does not belong to the model.
   */
  matchOptimizer(title: string, variables: readonly Variable[], arrays: readonly StoredArray[]): void {
    const fits =
      variables.length === arrays.length && variables.every(({ shape }, i) => sameShape(shape, arrays[i]!.shape));
    if (fits) this.match(title, variables, arrays);
    else this.skip(`${title} starts afresh: the state in the file is that of another optimizer, or for other weights`);
  }

  /**
   * Reads the arrays and sets the variables.
   *
   * @param fresh whether the model is new, so that a failure spoils nothing: each array then takes its place as it comes, and
   *   memory holds each weight once. Otherwise nothing is set before all are read
   */
  async finish(fresh: boolean): Promise<LoadedWeights> {
    const held: [Variable, Float32Array][] = [];
    for (const { variable, array } of this.#found) {
      const values = await array.read();
      if (fresh) variable.value = values;
      else held.push([variable, values]);
    }
    for (const [variable, values] of held) variable.value = values;
    return { loaded: this.#found.length, skipped: this.#skipped };
  }
}

const count = (number: number) => `${number} weight${number === 1 ? "" : "s"}`;

const wrongShape = (title: string, variable: Variable, found: Shape) =>
  `${title}: the weight "${variable.path}" has shape ${formatShape(variable.shape)}, and the array in the file ${formatShape(found)}`;
