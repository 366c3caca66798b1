/** Runs a program of `fovea example`: data, model, training, figures, baselines, picture, files. */
import { type AnyModel, ArgumentError, type DeviceName, loadModel, setSeed } from "../index.ts";
import { TerminalPicture } from "../view/half-blocks.ts";
import { type Scene, toFilm, toPng, toSvg } from "../view/plot/index.ts";
import { jsonLine } from "../view/terminal-line.ts";
import type { Example, Figures } from "./example.ts";
import type { CliHost } from "./host.ts";
import { type Interrupt, listenForInterrupt } from "./interrupt.ts";
import { checkModelFile, checkOutputFile, writeOutputFile } from "./output-file.ts";
import { TrainingWatch } from "./training-watch.ts";

export interface ExampleOptions {
  readonly seed: number;
  readonly epochs?: number;
  readonly limit?: number;
  readonly data?: string;
  readonly load?: string;
  readonly save?: string;
  readonly svg?: string;
  readonly png?: string;
  readonly film?: string;
  readonly baselines: boolean;
  readonly device?: DeviceName;
  readonly threads?: number;
  readonly json?: true;
}

/** Says what happens: lines for people, or a JSON object each for programs. */
type Report = (event: string, values: object, text: string) => void;

/** @returns the exit code */
export async function runExample<Data>(
  example: Example<Data, AnyModel>,
  files: readonly string[],
  options: ExampleOptions,
  host: CliHost,
): Promise<number> {
  if (options.save !== undefined) await checkModelFile("--save", options.save);
  for (const kind of ["svg", "png", "film"] as const)
    if (options[kind] !== undefined) await checkOutputFile(`--${kind}`, options[kind]);
  const report: Report = (event, values, text) => host.out(options.json ? jsonLine({ event, ...values }) : `${text}\n`);
  const interrupt = listenForInterrupt(host);
  try {
    return await new ExampleRun(example, files, options, host, report, interrupt).run();
  } finally {
    interrupt.release();
  }
}

class ExampleRun<Data> {
  readonly #example: Example<Data, AnyModel>;
  readonly #files: readonly string[];
  readonly #options: ExampleOptions;
  readonly #host: CliHost;
  readonly #report: Report;
  readonly #interrupt: Interrupt;
  readonly #started = performance.now();

  constructor(
    example: Example<Data, AnyModel>,
    files: readonly string[],
    options: ExampleOptions,
    host: CliHost,
    report: Report,
    interrupt: Interrupt,
  ) {
    this.#example = example;
    this.#files = files;
    this.#options = options;
    this.#host = host;
    this.#report = report;
    this.#interrupt = interrupt;
  }

  async run(): Promise<number> {
    const example = this.#example;
    const { seed, load, save } = this.#options;
    this.#report("example", { name: example.name, goals: example.goals }, `${example.name}: ${example.summary}`);
    const data = await this.#data();
    this.#report("data", { description: example.describe(data) }, `Data: ${example.describe(data)}`);
    setSeed(seed);
    const model = load === undefined ? example.model(data) : await this.#load(load, data);
    const watch = new TrainingWatch();
    try {
      if (load === undefined || this.#options.epochs !== undefined) await this.#train("", model, data, watch);
      else this.#setUp(model, data);
    } catch (error) {
      if (!this.#interrupt.isReason(error)) throw error;
      await this.#stopped(model, watch);
      return this.#interrupt.exitCode;
    }
    const figures = await example.judge(model, data);
    // Goals are stated for what the program draws.
    const goals = this.#options.data === undefined ? example.goals : {};
    this.#report("figures", { figures, goals }, figureLines(figures, goals));
    if (save !== undefined) await this.#save(model, save);
    await this.#watch(model, data);
    await this.#draw(this.#files.length === 0 ? await example.picture(model, data) : await this.#answer(model, data));
    if (this.#options.film !== undefined)
      await this.#write(this.#options.film, toFilm(await example.film!(model, data)));
    // With a model at hand, only the question is of interest.
    if (this.#options.baselines && load === undefined)
      for (const [name, make] of Object.entries(example.baselines)) if (await this.#compare(name, make, data)) break;
    const seconds = (performance.now() - this.#started) / 1000;
    this.#report(
      "finished",
      { trainSeconds: watch.seconds, seconds },
      `Trained in ${seconds3(watch.seconds)} s, ${seconds3(seconds)} s in all.`,
    );
    return this.#interrupt.signal.aborted ? this.#interrupt.exitCode : 0;
  }

  async #data(): Promise<Data> {
    const { data, seed, limit } = this.#options;
    if (data !== undefined) return this.#example.load(data, { seed });
    const { train, test } = this.#example.rows;
    const share = limit === undefined ? 1 : Math.min(1, limit / train);
    return this.#example.draw({ seed, train: Math.ceil(train * share), test: Math.ceil(test * share) });
  }

  /** @throws ArgumentError for a model of another program, or of data with other classes or words */
  async #load(file: string, data: Data): Promise<AnyModel> {
    const model = await loadModel(file, { compile: false });
    const own = this.#example.model(data);
    const wordsOf = (each: AnyModel) =>
      `${JSON.stringify(each.inputShape)} → ${JSON.stringify(each.outputShape)} with ${each.countParams()} parameters`;
    if (wordsOf(model) !== wordsOf(own))
      throw new ArgumentError(
        `--load: "${file}" is a model ${wordsOf(model)}, but this program on this data has ${wordsOf(own)}. Load what "fovea example ${this.#example.name} --save" wrote, with the same --data.`,
      );
    return model;
  }

  #setUp(model: AnyModel, data: Data): void {
    const { device, threads, epochs = this.#example.epochs } = this.#options;
    const place = { ...(device === undefined ? {} : { device }), ...(threads === undefined ? {} : { threads }) };
    this.#example.setUp(model, data, { ...place, epochs });
  }

  /** @param name of the baseline; "" for the program's own model */
  async #train(name: string, model: AnyModel, data: Data, watch: TrainingWatch): Promise<void> {
    const params = model.countParams();
    const title = name === "" ? "Model" : `Baseline ${name}`;
    this.#report("model", { name, params }, `${title}: ${params.toLocaleString("en")} parameters`);
    this.#setUp(model, data);
    const json = this.#options.json === true;
    await this.#example.fit(model, data, {
      epochs: this.#options.epochs ?? this.#example.epochs,
      signal: this.#interrupt.signal,
      callbacks: [watch],
      ...(json
        ? { verbose: "json", write: (text: string) => this.#host.out(text) }
        : { verbose: "auto", write: (text: string) => this.#host.err(text) }),
    });
  }

  /** @returns whether the user has had enough */
  async #compare(name: string, make: (data: Data) => AnyModel, data: Data): Promise<boolean> {
    setSeed(this.#options.seed);
    const model = make(data);
    const watch = new TrainingWatch();
    try {
      await this.#train(name, model, data, watch);
    } catch (error) {
      if (!this.#interrupt.isReason(error)) throw error;
      return true;
    }
    const figures = await this.#example.judge(model, data);
    this.#report(
      "baseline",
      { name, params: model.countParams(), figures, trainSeconds: watch.seconds },
      `${name}: ${figureText(figures)} (${seconds3(watch.seconds)} s)`,
    );
    return false;
  }

  async #answer(model: AnyModel, data: Data): Promise<Scene | undefined> {
    const answer = await this.#example.answer!(model, data, this.#files);
    this.#report("answer", { text: answer.text }, answer.text);
    return answer.picture;
  }

  async #draw(scene: Scene | undefined): Promise<void> {
    const { svg, png } = this.#options;
    if (scene === undefined) return;
    if (svg !== undefined) await this.#write(svg, toSvg(scene));
    if (png !== undefined) await this.#write(png, await toPng(scene));
  }

  /** Only where the picture can be redrawn in colours. Ctrl+C ends it. */
  async #watch(model: AnyModel, data: Data): Promise<void> {
    const { mode, columns, color } = this.#host.progress;
    if (this.#options.json || mode !== "terminal" || !color) return;
    const picture = new TerminalPicture((text) => this.#host.err(text), columns);
    try {
      await this.#example.watch?.(model, data, (image, line) => {
        this.#interrupt.signal.throwIfAborted();
        picture.show(image, line);
      });
    } catch (error) {
      if (!this.#interrupt.isReason(error)) throw error;
    }
  }

  async #write(file: string, content: string | Uint8Array): Promise<void> {
    await writeOutputFile(file, content);
    this.#report("written", { file }, `Written: ${file}`);
  }

  async #save(model: AnyModel, file: string): Promise<void> {
    await model.save(file);
    this.#report("saved", { file }, `Saved: ${file}`);
  }

  async #stopped(model: AnyModel, watch: TrainingWatch): Promise<void> {
    const { epoch, epochs } = watch.reached(model);
    const { save } = this.#options;
    if (save !== undefined) await this.#save(model, save);
    const rest =
      save === undefined
        ? "Nothing was saved: --save keeps the model."
        : `Go on with: ${this.#host.program} example ${this.#example.name} --load ${save} --epochs ${Math.max(1, epochs - epoch)}`;
    this.#report(
      "interrupted",
      { epoch, epochs, saved: save ?? null },
      `Stopped in epoch ${epoch} of ${epochs}. ${rest}`,
    );
  }
}

const seconds3 = (value: number) => (value < 10 ? value.toFixed(1) : value.toFixed(0));

const figureText = (figures: Figures) =>
  Object.entries(figures)
    .map(([name, value]) => `${name} ${value.toFixed(3)}`)
    .join(", ");

/** A line for each figure, with its goal. */
const figureLines = (figures: Figures, goals: Figures) =>
  Object.entries(figures)
    .map(([name, value]) => {
      const goal = goals[name];
      const verdict = goal === undefined ? "" : ` (goal ${goal}: ${value >= goal ? "reached" : "not reached"})`;
      return `${name.padEnd(24)} ${value.toFixed(3)}${verdict}`;
    })
    .join("\n");
