/**
 * What a model keeps numbers in, and where Keras 3 puts them: K: `saving/saving_lib.py` (_walk_saveable, _save_container_state).
 * Everything that has weights is a group; its own are in the group "vars" below it, numbered.
 */
import { toSnakeCase } from "../base/case.ts";
import { Layer } from "../nn/layers/layer.ts";
import { type LearnedWords, WordTable } from "../nn/layers/word-table.ts";
import { LossScaleOptimizer } from "../nn/optimizers/loss-scale-optimizer.ts";
import type { Optimizer } from "../nn/optimizers/optimizer.ts";
import { snakeCaseName } from "../nn/process-state.ts";
import type { Variable } from "../nn/variable.ts";
import { type AnyModel, Model } from "../train/model.ts";
import { arraysOfVariables, type WeightArray } from "./weight-arrays.ts";

export interface Saveable {
  /** Path of its group: "layers/dense", "" for the model. */
  readonly path: string;
  readonly name: string;
  readonly className: string;
  /** For messages: `Dense "dense_1"`. */
  readonly title: string;
  readonly variables: readonly Variable[];
  /** Further numbers, by their names in the group. */
  readonly values?: ReadonlyMap<string, Float32Array>;
  /** What Keras writes once more, in a group of its own below this one. It is not read. */
  readonly inner?: Saveable | undefined;
  /** The layer, if it has a vocabulary. */
  readonly table?: LearnedWords | undefined;
}

/** The model, its layers and theirs, and its optimizer where it is to be there; each once, at the first path that leads to it. */
export function saveablesOf(model: AnyModel, withOptimizer: boolean): readonly Saveable[] {
  const walk = new Walk();
  walk.visit(model as unknown as Layer, "");
  const { optimizer } = model;
  if (!withOptimizer || optimizer === undefined) return walk.found;
  // Keras makes the slots when it builds a compiled model that it saves or loads.
  optimizer.build(model.trainableWeights);
  return [...walk.found, optimizerSaveable(optimizer, model.trainableWeights, "optimizer")];
}

function optimizerSaveable(optimizer: Optimizer, weights: readonly Variable[], path: string): Saveable {
  const { name, className } = optimizer;
  const inner =
    optimizer instanceof LossScaleOptimizer
      ? optimizerSaveable(optimizer.innerOptimizer, weights, `${path}/inner_optimizer`)
      : undefined;
  return {
    path,
    name,
    className,
    title: `The optimizer ${className}`,
    variables: optimizer.variablesOf(weights),
    inner,
  };
}

/** Classes that have another name in Keras's code, which groups are named by, than in its configs. */
const ownNames: Readonly<Record<string, string>> = { GroupQueryAttention: "GroupedQueryAttention" };

/** The arrays of its variables, in the order in which files have them. */
export const arraysOf = ({ variables, className }: Saveable): WeightArray[] =>
  arraysOfVariables(variables, className === "ReversibleEmbedding");

class Walk {
  readonly found: Saveable[] = [];
  readonly #seen = new Set<Layer>();

  visit(layer: Layer, path: string): void {
    if (this.#seen.has(layer)) return;
    this.#seen.add(layer);
    const { name, className, title, ownWeights: variables, storedValues: values } = layer;
    const table = layer instanceof WordTable ? layer : undefined;
    this.found.push({ path, name, className, title, variables, values, table });
    const below = (name: string) => (path === "" ? name : `${path}/${name}`);
    if (layer instanceof Model) this.#list((layer as unknown as AnyModel).layers, below("layers"));
    for (const [field, value] of fieldsOf(layer)) this.#field(value, below(field));
  }

  #field(value: unknown, path: string): void {
    if (value instanceof Layer) this.visit(value, path);
    else this.#list(Array.isArray(value) ? value : Object.values(value as object), path);
  }

  /** Members of a list are named after their classes; equal names are numbered within the list. */
  #list(members: readonly unknown[], path: string): void {
    const counts = new Map<string, number>();
    for (const member of members) {
      if (!(member instanceof Layer)) continue;
      const name = snakeCaseName(ownNames[member.className] ?? member.className);
      const count = counts.get(name) ?? 0;
      counts.set(name, count + 1);
      this.visit(member, `${path}/${count === 0 ? name : `${name}_${count}`}`);
    }
  }
}

/** The fields that hold layers, under Keras's names and in its order: by name, those with "_" in front last. */
function fieldsOf(layer: Layer): [string, unknown][] {
  const holds = (value: unknown): boolean =>
    value instanceof Layer ||
    (Array.isArray(value) && value.some((each) => each instanceof Layer)) ||
    (isPlain(value) && Object.values(value).some((each) => each instanceof Layer));
  const key = (name: string) => (name.startsWith("_") ? `~${name}` : name);
  return Object.entries(layer)
    .filter(([, value]) => holds(value))
    .map(([name, value]): [string, unknown] => [toSnakeCase(name), value])
    .sort(([a], [b]) => (key(a) < key(b) ? -1 : 1));
}

const isPlain = (value: unknown): value is object =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
