/** The numbers and figures of the moment, for the report. */
import { barChart, confusionChart, lineChart, mapGrid, toSvg } from "fovea/plot";
import { classesOf } from "../../base/classes.ts";
import { count, grouped } from "../../base/numbers.ts";
import type { OutputOf, RunOptions, RunStep, RunTest, WeightsAt } from "../../engine/protocol.ts";
import type { Samples } from "../../state/samples.ts";
import type { Report, ReportFigure } from "./state.ts";

/** Grey levels of a digit, and the width of wide figures in pixels. */
const [PIXELS, WIDTH] = [784, 640];

export interface ReportSource {
  readonly samples: Samples;
  /** The digit that is selected. */
  readonly sample: number;
  readonly at: WeightsAt;
  /** For all test digits, [n, 10]. */
  readonly probabilities: Float32Array;
  readonly device: string;
  readonly parameters: number;
  /** Of the selected digit. */
  readonly layers: OutputOf<"featureMaps">["layers"];
  readonly options: RunOptions | undefined;
  readonly steps: readonly RunStep[];
  readonly tests: readonly RunTest[];
}

export function makeReport(source: ReportSource): Pick<Report, "facts" | "figures"> {
  const { samples, sample, at, probabilities, options, steps } = source;
  const read = classesOf(probabilities);
  const right = read.filter((each, row) => each === samples.labels[row]).length;
  const last = steps.at(-1);
  const facts: [string, string][] = [
    ["Weights", at === "shipped" ? "those that come with the page" : `of the run, after step ${at}`],
    ["Parameters", grouped(source.parameters)],
    ["Test digits that are right", `${right} of ${samples.count}`],
    ["Digit of the figures", `number ${sample}, a ${samples.labels[sample]}; the network reads ${read[sample]}`],
    ["Device", source.device],
  ];
  if (options !== undefined && last !== undefined)
    facts.push(
      [
        "Training",
        `${count(options.epochs, "epoch")} of ${count(options.images, "digit")}, ${options.batchSize} a step`,
      ],
      ["Optimizer", `${options.optimizer}, learning rate ${options.learningRate}`],
      ["Loss", options.loss],
      ["Last step", `${last.step}: loss ${last.loss.toFixed(4)}, accuracy ${last.accuracy.toFixed(4)}`],
    );
  return { facts, figures: figuresOf(source, read) };
}

function figuresOf({ samples, sample, layers, probabilities, steps, tests }: ReportSource, read: readonly number[]) {
  const image = samples.images.slice(sample * PIXELS, (sample + 1) * PIXELS);
  const figures: ReportFigure[] = [];
  const add = (title: string, scene: Parameters<typeof toSvg>[0]) =>
    figures.push({ title, svg: toSvg({ ...scene, title }) });
  add("The digit", mapGrid({ title: "", values: { data: image, shape: [28, 28, 1] }, colors: "ink", width: 200 }));
  add("Probabilities", barChart({ title: "", values: probabilities.slice(sample * 10, sample * 10 + 10), width: 420 }));
  for (const { name, shape, data } of layers)
    if (shape.length === 3)
      add(
        `Maps of ${name}`,
        mapGrid({ title: "", values: { data, shape: [...shape] }, columns: 8, unit: "activation", width: WIDTH }),
      );
  const matrix = Array.from({ length: 10 }, () => new Array<number>(10).fill(0));
  read.forEach((each, row) => {
    matrix[samples.labels[row]!]![each]! += 1;
  });
  add("Test digits: what they are and what is read", confusionChart({ title: "", matrix, width: 480 }));
  if (steps.length > 1)
    for (const measure of ["loss", "accuracy"] as const)
      add(
        `The run: ${measure}`,
        lineChart({
          ...{ title: "", width: WIDTH, height: 200, xLabel: "step" },
          series: [
            { name: "training digits", x: steps.map(({ step }) => step), values: steps.map((each) => each[measure]) },
            ...(tests.length === 0
              ? []
              : [
                  {
                    ...{ name: "test digits", points: true },
                    ...{ x: tests.map(({ step }) => step), values: tests.map((each) => each[measure]) },
                  },
                ]),
          ],
        }),
      );
  return figures;
}
