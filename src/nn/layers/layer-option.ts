/** Options that are layers. */
import { refuseOption } from "../../base/options.ts";
import { type Kind, value } from "../option-kinds.ts";
import { Layer } from "./layer.ts";

/** Any layer, whatever its `call` gives. */
export type AnyLayer = Omit<Layer, "call" | "apply" | "run" | "output" | "ranks">;

interface Rules<D> {
  readonly default?: D;
}

const asLayer = (given: unknown, owner: string, name: string): AnyLayer =>
  given instanceof Layer ? (given as unknown as AnyLayer) : refuseOption(owner, name, given, "a layer");

/** A layer. In a config it stands itself; the configs of models describe it. */
export function layer<D extends null | undefined = undefined>(rules: Rules<D> = {}): Kind<AnyLayer, D> {
  return { ...value<AnyLayer, D>(asLayer, rules), holdsLayers: true };
}

/** A list of one layer or more. */
export function layers(): Kind<readonly AnyLayer[], undefined> {
  const read = (given: unknown, owner: string, name: string): readonly AnyLayer[] =>
    Array.isArray(given) && given.length > 0
      ? given.map((each) => asLayer(each, owner, name))
      : refuseOption(owner, name, given, "a list of layers");
  return { ...value<readonly AnyLayer[]>(read), holdsLayers: true };
}
