/** The model that a command trains or measures: the handout's, or one of a file, compiled. */
import type { DeviceName, Model } from "../index.ts";
import { compileHandout, handoutModel } from "./handout-model.ts";
import { loadModel } from "./load-model.ts";

/** What is set besides what the file says; what is left out stays as the file has it. */
export interface CompileChoice {
  readonly device?: DeviceName | undefined;
  readonly threads?: number | undefined;
  readonly learningRate?: number | undefined;
  readonly loss?: string | undefined;
  readonly metrics?: readonly string[] | undefined;
}

export interface CompiledModel {
  readonly model: Model;
  /** What the user should know of it. */
  readonly notes: readonly string[];
}

/**
 * @param path of a model's file, folder or module; undefined: the handout's CNN
 * @param usualMetrics of a model that nobody has compiled
 */
export async function compiledModel(
  path: string | undefined,
  choice: CompileChoice,
  usualMetrics: readonly string[] = [],
): Promise<CompiledModel> {
  const { device, threads, learningRate, loss, metrics } = choice;
  if (path === undefined)
    return { model: compileHandout(handoutModel(), { device, threads, learningRate }), notes: [] };
  const model = await loadModel(path);
  const notes: string[] = [];
  const { parts } = model.runner;
  if (parts === undefined) {
    const taken = loss ?? usualLoss(model);
    // The model knows the names, and says so of others.
    const named = { loss: taken, metrics: metrics ?? usualMetrics } as object;
    model.compile({ ...named, optimizer: "adam", device, threads });
    if (loss === undefined)
      notes.push(
        `"${path}" holds a model that is not compiled; it is taken with optimizer "adam" and loss "${taken}".`,
      );
  } else if ([device, threads, loss, metrics].some((each) => each !== undefined)) {
    const { optimizer, objective } = parts;
    const own = model.runner.device;
    const named = {
      ...objective.options,
      ...(loss === undefined ? {} : { loss }),
      ...(metrics === undefined ? {} : { metrics, weightedMetrics: null }),
    } as object;
    model.compile({ ...named, optimizer, device: device ?? own.name, threads: threads ?? own.options.threads });
  }
  if (learningRate !== undefined) model.optimizer!.learningRate = learningRate;
  return { model, notes };
}

/** One output of one number is a yes or no; others are classes. */
const usualLoss = (model: Model) =>
  model.outputs[0]?.shape.at(-1) === 1 ? "binary_crossentropy" : "categorical_crossentropy";
