/** The search for hyper-parameters: by chance, by Hyperband, or by a Gaussian process. */
import { ArgumentError, NumericError } from "../../base/errors.ts";
import { checkKeys, refuseOption } from "../../base/options.ts";
import { foldKey, keyOf, RandomStream } from "../../base/random.ts";
import type { SavePlace } from "../../io/place.ts";
import { checkNumber } from "../../nn/options.ts";
import type { FitOptions } from "../fit-options.ts";
import type { LogName } from "../history.ts";
import type { AnyModel } from "../model.ts";
import { checkCount } from "../options.ts";
import { expectedImprovement, GaussianProcess } from "./gaussian-process.ts";
import { type AnyValues, type SearchSpace, SpaceAxes, type SpaceValues } from "./search-space.ts";
import { type Trial, TrialFile } from "./trials.ts";

const methods = ["random", "hyperband", "bayesian"] as const;

/** Options of `tune`. */
export interface TuneOptions<V = AnyValues> {
  /** Inputs to train with, or a data set of batches. */
  readonly x: unknown;
  /** Targets; none with a data set. */
  readonly y?: unknown;
  /** Options of each `fit`, or a function that makes them of the values, where the batch size is searched for, too. */
  readonly fit?:
    | Omit<FitOptions, "epochs" | "initialEpoch">
    | ((values: V) => Omit<FitOptions, "epochs" | "initialEpoch">);
  /** Epochs of a trial; with "hyperband" the most that a trial may have. Default 10. */
  readonly epochs?: number;
  /** "bayesian" (the default), "hyperband" or "random". */
  readonly method?: (typeof methods)[number];
  /** Number of trials; "hyperband" has its own. Default 20. */
  readonly trials?: number;
  /** Of how many trials Hyperband trains one on, and by what its epochs grow. Default 3. */
  readonly factor?: number;
  /** The name in the logs that is searched for its best value. Default "val_loss". */
  readonly objective?: LogName;
  /** Whether small or large values of the objective are good. Default: the metric knows. */
  readonly direction?: "min" | "max";
  /** A whole number; another one draws other values. Default 0. */
  readonly seed?: number;
  /** Where trials are kept: a search that was ended goes on with those that the file holds. */
  readonly file?: SavePlace;
  /** Called after each trial, also for those of the file. */
  readonly onTrial?: (trial: Trial<V>) => void;
}

/** What a search found. */
export interface TuneResult<V = AnyValues> {
  readonly best: Trial<V>;
  /** All trials, in the order of their numbers. */
  readonly trials: readonly Trial<V>[];
}

const optionNames = [
  "x",
  "y",
  "fit",
  "epochs",
  "method",
  "trials",
  "factor",
  "objective",
  "direction",
  "seed",
  "file",
  "onTrial",
] as const satisfies readonly (keyof TuneOptions)[];

/** The candidates of which the most promising one is tried next. */
const CANDIDATES = 500;

/**
 * Searches for hyper-parameters: draws values of a space, trains a model that is made of them, and so on.
 *
 * - "bayesian": the first trials are drawn by chance; then a Gaussian process foretells the scores of 500 candidates, and the one
 *   with the largest expected improvement is tried. For few and costly trials.
 * - "hyperband" (Li et al. 2018): many trials of few epochs, of which one in `factor` is trained on; several such races, from the
 *   boldest to trials of all epochs. For trials whose first epochs tell much.
 * - "random": all values by chance.
 *
 * A trial whose loss becomes NaN or infinite has failed, and the search goes on; other errors end it. The score of a trial is its best
 * epoch's. With `file` the search can be ended at any time and goes on with the same call; models themselves are not kept, and the
 * device of each is stopped.
 *
 * @param makeModel makes a compiled model of values; it may be a promise
 * @param space for each hyper-parameter a list of choices, or a range `{ min, max, step, whole, scale }`
 * @throws ArgumentError for options, for a space without choices, for the file of another search, and for an objective that is not in
 *   the logs; NumericError where all trials failed
 * @example
 * ```ts
 * import { Sequential } from "fovea";
 * import { Dense } from "fovea/layers";
 * import { Adam } from "fovea/optimizers";
 * import { tune } from "fovea/utils";
 * const x = Float32Array.from({ length: 40 }, (_, i) => i / 40);
 * const { best } = await tune(
 *   ({ units, activation, learningRate }) => {
 *     const model = new Sequential([new Dense({ units, activation, inputShape: [1] }), new Dense({ units: 1 })]);
 *     model.compile({ optimizer: new Adam({ learningRate }), loss: "mse", device: "reference" });
 *     return model;
 *   },
 *   {
 *     units: { min: 2, max: 8, step: 2 },
 *     activation: ["relu", "tanh"] as const,
 *     learningRate: { min: 1e-3, max: 1e-1, scale: "log" },
 *   },
 *   { x, y: x.map(Math.sin), fit: { validationSplit: 0.25 }, epochs: 2, trials: 3 },
 * );
 * console.log(best.values.units, best.values.activation, best.score);
 * ```
 */
export async function tune<const S extends SearchSpace>(
  makeModel: (values: SpaceValues<S>) => AnyModel | Promise<AnyModel>,
  space: S,
  options: TuneOptions<SpaceValues<S>>,
): Promise<TuneResult<SpaceValues<S>>> {
  const search = new Search(makeModel as (values: AnyValues) => AnyModel, space, options as unknown as TuneOptions);
  return (await search.run()) as unknown as TuneResult<SpaceValues<S>>;
}

/** A model in training. */
interface Running {
  readonly model: AnyModel;
  epochs: number;
  score: number | undefined;
}

class Search {
  readonly #make: (values: AnyValues) => AnyModel | Promise<AnyModel>;
  readonly #space: SearchSpace;
  readonly #axes: SpaceAxes;
  readonly #options: TuneOptions;
  readonly #epochs: number;
  readonly #count: number;
  readonly #factor: number;
  readonly #objective: string;
  readonly #seed: number;
  readonly #running = new Map<number, Running>();
  #file!: TrialFile;

  constructor(make: (values: AnyValues) => AnyModel, space: SearchSpace, options: TuneOptions) {
    if (typeof make !== "function") refuseOption("tune", "makeModel", make, "a function that makes a compiled model");
    checkKeys("tune", options, optionNames);
    const { epochs = 10, trials = 20, factor = 3, method = "bayesian", seed = 0, direction } = options;
    if (options.x === undefined) refuseOption("tune", "x", options.x, "inputs, or a data set of batches");
    checkCount("tune", "epochs", epochs, 1);
    checkCount("tune", "trials", trials, 1);
    checkNumber("tune", "factor", factor, "a whole number of 2 or more", (each) => Number.isInteger(each) && each >= 2);
    checkNumber("tune", "seed", seed, "a whole number", Number.isSafeInteger);
    if (!methods.includes(method))
      refuseOption("tune", "method", method, methods.map((each) => `"${each}"`).join(", "));
    if (direction !== undefined && direction !== "min" && direction !== "max")
      refuseOption("tune", "direction", direction, '"min" or "max"');
    [this.#make, this.#space, this.#options, this.#axes] = [make, space, options, new SpaceAxes("tune", space)];
    [this.#epochs, this.#count, this.#factor, this.#seed] = [epochs, trials, factor, seed];
    this.#objective = options.objective ?? "val_loss";
  }

  async run(): Promise<TuneResult> {
    const { method = "bayesian", file } = this.#options;
    this.#file = await TrialFile.open("tune", file, {
      method,
      space: this.#space,
      objective: this.#objective,
      seed: this.#seed,
      epochs: this.#epochs,
      ...(method === "hyperband" ? { factor: this.#factor } : {}),
    });
    try {
      if (method === "hyperband") await this.#hyperband();
      else await this.#inTurn(method);
    } finally {
      await this.#release([]);
    }
    const { trials } = this.#file;
    const [best] = this.#ranked(trials);
    if (best?.score === undefined)
      throw new NumericError(`tune: all ${trials.length} trials failed; the last one: ${trials.at(-1)?.error}`);
    return { best, trials };
  }

  async #inTurn(method: "random" | "bayesian"): Promise<void> {
    for (let number = 0; number < this.#count; number++) {
      const values = method === "random" ? this.#drawn(number) : this.#promising(number);
      await this.#train(number, values, this.#epochs);
      await this.#release([]);
    }
  }

  /** Stops the devices of all models but these: each has threads and memory of its own. */
  async #release(kept: readonly number[]): Promise<void> {
    for (const [number, { model }] of this.#running) {
      if (kept.includes(number)) continue;
      this.#running.delete(number);
      await model.runner.device.dispose();
    }
  }

  /** The values of a trial, whatever came before. */
  #drawn(number: number): AnyValues {
    return this.#axes.draw(this.#stream(number));
  }

  #stream(number: number): RandomStream {
    return new RandomStream(foldKey(keyOf(this.#seed), number));
  }

  /** The best first; those that failed last. */
  #ranked(trials: readonly Trial[]): readonly Trial[] {
    const sign = this.#sign;
    return trials.toSorted((a, b) => {
      if (a.score === undefined || b.score === undefined)
        return Number(a.score === undefined) - Number(b.score === undefined);
      return sign * (a.score - b.score);
    });
  }

  /** 1: small scores are good; −1: large ones are. Known from the first model on, or from the options. */
  #known: 1 | -1 | undefined;
  get #sign(): 1 | -1 {
    const { direction } = this.#options;
    return direction === undefined ? (this.#known ?? 1) : direction === "min" ? 1 : -1;
  }

  /** Trains the trial of this number up to this epoch, unless the file knows what comes of it. */
  async #train(number: number, values: AnyValues, epochs: number): Promise<Trial> {
    const found = this.#file.find(number, epochs);
    const trial = found ?? (await this.#fit(number, values, epochs));
    if (found === undefined) await this.#file.add(trial);
    else if (this.#options.direction === undefined && this.#known === undefined)
      this.#learnSign(await this.#make(values));
    this.#options.onTrial?.(trial);
    return trial;
  }

  #learnSign(model: AnyModel): void {
    if (this.#options.direction !== undefined || this.#known !== undefined) return;
    const direction = model.metricDirection(this.#objective);
    if (direction !== undefined) this.#known = direction === "min" ? 1 : -1;
  }

  async #fit(number: number, values: AnyValues, epochs: number): Promise<Trial> {
    const running = this.#running.get(number) ?? { model: await this.#make(values), epochs: 0, score: undefined };
    this.#running.set(number, running);
    const { fit: options = {}, x, y } = this.#options;
    const given = typeof options === "function" ? options(values) : options;
    const asked = { verbose: 0, ...given, epochs, initialEpoch: running.epochs } as const;
    try {
      const { history } = await (y === undefined
        ? running.model.fit(x as never, asked)
        : running.model.fit(x as never, y as never, asked));
      const column = history[this.#objective];
      if (column === undefined) throw this.#missing(Object.keys(history));
      this.#learnSign(running.model);
      if (this.#options.direction === undefined && this.#known === undefined)
        throw new ArgumentError(
          `tune: whether "${this.#objective}" should be small or large is not known; set direction to "min" or "max".`,
        );
      const sign = this.#sign;
      const scores = running.score === undefined ? column : [running.score, ...column];
      running.score = sign * Math.min(...scores.map((value) => sign * value));
      running.epochs = epochs;
      return { number, values, score: running.score, epochs };
    } catch (error) {
      if (!(error instanceof NumericError)) throw error;
      return { number, values, score: undefined, epochs, error: error.message };
    }
  }

  #missing(names: readonly string[]): ArgumentError {
    const hint = this.#objective.startsWith("val_") ? " Set validationData or validationSplit in fit, or" : " Set";
    return new ArgumentError(
      `tune: objective "${this.#objective}" is not in the logs: ${names.join(", ")}.${hint} objective to one of them.`,
    );
  }

  /** The values whose score is expected to improve most on the best one. */
  #promising(number: number): AnyValues {
    const done = this.#file.trials.filter((trial) => trial.number < number);
    const scored = done.filter(({ score }) => score !== undefined);
    if (number < Math.max(3, 2 * this.#axes.size) || scored.length < 2) return this.#drawn(number);
    const sign = this.#sign;
    const worst = Math.max(...scored.map(({ score }) => sign * score!));
    // Where training failed is no good place, either.
    const scores = done.map(({ score }) => (score === undefined ? worst : sign * score));
    const mean = scores.reduce((sum, value) => sum + value, 0) / scores.length;
    const deviation = Math.sqrt(scores.reduce((sum, value) => sum + (value - mean) ** 2, 0) / scores.length) || 1;
    const scaled = scores.map((value) => (value - mean) / deviation);
    const process = GaussianProcess.fit(
      done.map(({ values }) => this.#axes.place(values)),
      scaled,
    );
    const random = this.#stream(number);
    const best = this.#ranked(scored)[0]!.values;
    const tried = new Set(done.map(({ values }) => JSON.stringify(values)));
    const lowest = Math.min(...scaled);
    let [chosen, most] = [this.#axes.draw(random), -1];
    for (let i = 0; i < CANDIDATES; i++) {
      const values = i % 2 === 0 ? this.#axes.draw(random) : this.#axes.drawNear(best, 0.5, random);
      if (tried.has(JSON.stringify(values))) continue;
      const { mean, deviation } = process.predict(this.#axes.place(values));
      const gain = expectedImprovement(lowest, mean, deviation);
      if (gain > most) [chosen, most] = [values, gain];
    }
    return chosen;
  }

  /** Successive halving with more and more epochs for fewer and fewer trials, in brackets from the boldest on: algorithm 1 of the paper. */
  async #hyperband(): Promise<void> {
    const [most, factor] = [this.#epochs, this.#factor];
    const deepest = Math.floor(Math.log(most) / Math.log(factor) + 1e-9);
    let number = 0;
    for (let bracket = deepest; bracket >= 0; bracket--) {
      const count = Math.ceil(((deepest + 1) / (bracket + 1)) * factor ** bracket);
      let entrants = Array.from({ length: count }, () => number++);
      for (let round = 0; round <= bracket; round++) {
        const epochs = Math.max(1, Math.round(most * factor ** (round - bracket)));
        const trials: Trial[] = [];
        for (const each of entrants) trials.push(await this.#train(each, this.#drawn(each), epochs));
        const going = Math.floor(entrants.length / factor);
        const ranked = this.#ranked(trials).map((trial) => trial.number);
        entrants = ranked.slice(0, round === bracket ? 0 : Math.max(1, going));
        await this.#release(entrants);
      }
    }
  }
}
