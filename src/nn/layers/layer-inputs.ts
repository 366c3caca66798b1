/** What layers are given, and how their errors name them. */
import { ArgumentError, FoveaError } from "../../base/errors.ts";
import { flatten, type Nested } from "../../base/structure.ts";
import type { Sym } from "../../ir/graph.ts";
import { isLeaf } from "../doors.ts";
import { isSym } from "../keras-tensor.ts";

/** Runs `write`; an error out of an op gets the layer's name. */
export function nameErrors<T>(title: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    if (!(error instanceof FoveaError) || error.message.includes(title)) throw error;
    const Kind = error.constructor as new (message: string, options: ErrorOptions) => FoveaError;
    throw new Kind(`${title}: ${error.message}`, { cause: error });
  }
}

/** Whether the structure holds a value of a step. */
export const isOfStep = (inputs: Nested<unknown>): inputs is Nested<Sym> => flatten(inputs, isLeaf).some(isSym);

/** The input of a layer that takes one; a list of one is that one. */
export function oneInput<T>(title: string, inputs: Nested<T>): Nested<T> {
  if (!Array.isArray(inputs)) return inputs;
  if (inputs.length !== 1) throw new ArgumentError(`${title} takes one input, got ${inputs.length}.`);
  return inputs[0] as Nested<T>;
}
