/** Runs of a layer on numbers: its `call` compiled by `jit`, once for each device and for what shapes it. */

import { checkKeys } from "../../base/options.ts";
import { mapNested, type Nested } from "../../base/structure.ts";
import { type Tensor, type TensorLike, tensor } from "../../base/tensor.ts";
import { checkDeviceName, checkDeviceOptions } from "../../engine/device-options.ts";
import type { Sym } from "../../ir/graph.ts";
import { cast } from "../../ops/elementwise.ts";
import type { JitOptions } from "../jit.ts";
import { isSym } from "../keras-tensor.ts";
import { checkFlag } from "../options.ts";
import type { Layer } from "./layer.ts";

/** Options of `layer.run`. */
export type RunOptions = Pick<JitOptions, "device" | "threads" | "training">;

type Run = (x: Nested<TensorLike>) => Promise<Nested<Tensor>>;

export class LayerRuns {
  readonly #layer: Layer;
  readonly #compiled = new Map<string, Run>();

  constructor(layer: Layer) {
    this.#layer = layer;
  }

  async run(x: Nested<TensorLike>, options: RunOptions): Promise<Nested<Tensor>> {
    const layer = this.#layer;
    checkKeys(`${layer.title}: run`, options, ["device", "threads", "training"]);
    if (options.device !== undefined) checkDeviceName(options.device);
    checkDeviceOptions(options.threads === undefined ? {} : { threads: options.threads });
    if (options.training !== undefined) checkFlag(`${layer.title}: run`, "training", options.training);
    // A list of nested numbers could be one tensor as well.
    const given = layer.takesSeveral && Array.isArray(x) ? x.map((each) => tensor(each as TensorLike)) : x;
    const key = `${options.device} ${options.threads} ${options.training} ${shapingOf(layer)}`;
    // Few pages run a layer by itself.
    const { jit } = await import("../jit.ts");
    const known = this.#compiled.get(key);
    if (known !== undefined) return known(given);
    const write = (inputs: Nested<Sym>) => layer.call(this.#taken(inputs));
    const made = jit(write as (inputs: Sym) => Sym, options) as unknown as Run;
    this.#compiled.set(key, made);
    return made(given);
  }

  /** The inputs as float32, unless it is an input that takes whole numbers. */
  #taken(inputs: Nested<Sym>): Nested<Sym> {
    let next = 0;
    return mapNested<Sym, Sym>(inputs, isSym, (x) => {
      const wanted = this.#layer.inputDType(next++);
      return wanted === "float32" && x.spec.dtype !== wanted ? cast(x) : x;
    });
  }
}

/** What shapes a layer's program and may change: the layers inside, and which of them train. */
function shapingOf(layer: Layer): string {
  const inside = layer.sublayers.map(shapingOf).join(" ");
  return `${layer.name}${layer.trainable ? "" : "!"}${inside === "" ? "" : `(${inside})`}`;
}
