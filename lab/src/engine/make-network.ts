/** Networks out of configs: that of a run, the handout's or one that the visitor built, and copies. They know all layers, so they are loaded late. */
import { cloneModel, modelFromJSON, Sequential } from "fovea";
import { type CompileChoice, compileNetwork, makeHandout } from "./networks.ts";

export interface NetworkChoice extends CompileChoice {
  /** What `model.toJSON()` gives, as text. Default: the handout's. */
  readonly network?: string | undefined;
}

/** @throws FormatError for a text that says no network; Error for one that is no list of layers */
export function makeNetwork({ network, ...choice }: NetworkChoice): Sequential {
  if (network === undefined) return compileNetwork(makeHandout(), choice);
  const made: unknown = modelFromJSON(network);
  if (!(made instanceof Sequential)) throw new Error("The lab trains a list of layers, Keras's Sequential.");
  return compileNetwork(made, choice);
}

/** A network of its own with the same weights, which is not compiled. */
export function copyNetwork(model: Sequential): Sequential {
  const copy = cloneModel(model) as Sequential;
  copy.setWeights(model.getWeights());
  return copy;
}
