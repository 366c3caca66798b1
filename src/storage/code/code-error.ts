/** Errors in code that a user pasted. */
import { FormatError } from "../../base/errors.ts";

/** Where something stands in a text; both count from 1. */
export interface CodePlace {
  readonly line: number;
  readonly column: number;
}

/**
 * Code that is no model: the message begins with the place, and says what came and what was expected.
 *
 * @example
 * ```ts
 * import { CodeError, parseKeras } from "fovea/code";
 * try {
 *   parseKeras("model = Sequential()\nmodel.add(Dense(10, activation='relu)");
 * } catch (error) {
 *   if (error instanceof CodeError) error.line; // 2
 * }
 * ```
 */
export class CodeError extends FormatError {
  override name = "CodeError";
  readonly line: number;
  readonly column: number;

  constructor(place: CodePlace, message: string, options?: ErrorOptions) {
    const { line, column } = place ?? {};
    super(`line ${line}, column ${column}: ${message}`, options);
    this.line = line;
    this.column = column;
  }
}
