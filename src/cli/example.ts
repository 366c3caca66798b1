/** The contract between `fovea example` and the programs in examples/: what each of them has, so that one frame runs them all. */
import type { AnyModel, CompileOptions, FitOptions, Model } from "../index.ts";
import type { ColorImage } from "../view/half-blocks.ts";
import type { Scene } from "../view/plot/index.ts";

export interface DrawOptions {
  /** The same seed draws the same data. */
  readonly seed: number;
  /** Rows to train on. */
  readonly train: number;
  /** Rows to test on, which the model never sees. */
  readonly test: number;
}

/** Where the model computes, and for how long it will train: what an optimizer's schedule may depend on. */
export interface SetUp extends Pick<CompileOptions, "device" | "threads"> {
  readonly epochs: number;
}

/** Options of `fit` that the frame decides. */
export type RunOptions = Pick<FitOptions, "epochs" | "verbose" | "write" | "signal" | "callbacks">;

/** Numbers by name, such as "mAP@0.5". */
export type Figures = Readonly<Record<string, number>>;

export interface Answer {
  readonly text: string;
  readonly picture?: Scene;
}

/**
 * A program. Methods are in the order of their calls.
 *
 * @typeParam Data what it trains and tests on
 * @typeParam Net its network
 */
export interface Example<Data, Net extends AnyModel = Model> {
  readonly name: string;
  /** What it learns, in a line. */
  readonly summary: string;
  /** The figures that it reaches at least, stated beforehand. */
  readonly goals: Figures;
  /** Rows that are drawn unless --limit says otherwise. */
  readonly rows: { readonly train: number; readonly test: number };
  readonly epochs: number;
  /** What --data takes, in a line. */
  readonly layout: string;
  /** Data that the program draws itself. */
  draw(options: DrawOptions): Data | Promise<Data>;
  /** The user's own data. */
  load(folder: string, options: { readonly seed: number }): Promise<Data>;
  /** What the data is, in a line. */
  describe(data: Data): string;
  model(data: Data): Net;
  /** Other networks for the same task, by name; they are set up, trained and judged in the same way. */
  readonly baselines: Readonly<Record<string, Example<Data, Net>["model"]>>;
  setUp(model: Net, data: Data, options: SetUp): void;
  fit(model: Net, data: Data, run: RunOptions): Promise<unknown>;
  /** The figures on the test rows. */
  judge(model: Net, data: Data): Promise<Figures>;
  picture(model: Net, data: Data): Promise<Scene>;
  /** What it sees over time, where that is of interest: scenes of a film. */
  film?(model: Net, data: Data): Promise<readonly Scene[]>;
  /** The same while it happens, in a terminal: `show` takes each picture and a line about it. */
  watch?(model: Net, data: Data, show: (picture: ColorImage, line: string) => void): Promise<void>;
  /** Answers to the user's own files, where the program takes some. */
  answer?(model: Net, data: Data, files: readonly string[]): Promise<Answer>;
}
