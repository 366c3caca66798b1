/**
 * Small programs that look into a model. Each is written once for a kind of batch, kept with the model's compiled steps, and runs
 * on the device where the model runs: it reads the weights of the moment, also while the model trains, and changes none.
 */
import { ArgumentError } from "../base/errors.ts";
import { keyOf } from "../base/random.ts";
import { concatenate } from "../base/stack.ts";
import { flatten, isNoContainer, pack } from "../base/structure.ts";
import { Tensor } from "../base/tensor.ts";
import { BoundStep, runOnce, type StepState } from "../engine/bound-step.ts";
import type { Session } from "../engine/session.ts";
import { type GraphBuilder, type Sym, withRows } from "../ir/graph.ts";
import { convert, convertOp } from "../ir/precision.ts";
import { outputName, outputSpecs } from "../ir/program.ts";
import { isSym } from "../nn/keras-tensor.ts";
import type { Layer } from "../nn/layers/layer.ts";
import { Trace } from "../nn/trace.ts";
import { cast } from "../ops/elementwise.ts";
import { softmaxOp } from "../ops/softmax.ts";
import type { AnyModel } from "../train/model.ts";

/** The most images of one step: the maps of all of them are in memory at once. */
const MOST_ROWS = 32;

/** The model as it is written into a probe. */
export interface ProbeView {
  /** What was fed beside the images, by name. */
  readonly fed: Readonly<Record<string, Sym>>;
  /** The images, float32. */
  readonly images: Sym;
  /** The model's output, under a last softmax: scores whose gradients do not vanish where the model is sure. */
  readonly logits: Sym;
  /** What the layer gives where it is called first. */
  outputOf(layer: Layer): Sym;
  /** The same, under a softmax that the layer ends in. */
  scoresOf(layer: Layer): Sym;
}

export interface Probe {
  /** Everything that shapes the program, but for the fed arrays. */
  readonly key: string;
  /** Arrays with as many rows as there are images. */
  readonly feeds?: Readonly<Record<string, Tensor>>;
  /** Arrays that all images share. */
  readonly shared?: Readonly<Record<string, Tensor>>;
  /** Values with a row for each image. */
  write(view: ProbeView): readonly Sym[];
}

/**
 * Runs a probe over images.
 *
 * @param images as `imagesOf` gives them
 * @returns a tensor for each value that the probe gives, with a row for each image
 */
export function runProbe(model: AnyModel, images: Tensor, probe: Probe): Promise<Tensor[]> {
  const write = (builder: GraphBuilder, feeds: Readonly<Record<string, Sym>>) => {
    const { x0, ...fed } = feeds as { readonly x0: Sym };
    const values = new Map<Layer, Sym>();
    const image = x0.spec.dtype === "float32" ? x0 : cast(x0);
    const inputs = pack<unknown, Sym>(model.inputStructure, isNoContainer, [image]);
    const outputs = model.graph.forward(flatten(inputs, isSym), { training: false, mask: undefined }, (layer, made) => {
      if (!values.has(layer)) values.set(layer, made[0]!);
    });
    const [output] = flatten<Sym>(outputs, isSym);
    const underSoftmax = (value: Sym): Sym => {
      const maker = builder.makerOf(value);
      if (maker?.op.name === convertOp.name) return underSoftmax(maker.inputs[0]!);
      return convert(maker?.op === softmaxOp ? maker.inputs[0]! : value, "float32");
    };
    return probe.write({
      fed,
      images: image,
      logits: underSoftmax(output!),
      outputOf: (layer) => values.get(layer)!,
      scoresOf: (layer) => underSoftmax(values.get(layer)!),
    });
  };
  return runWritten(model, { ...probe, feeds: { x0: images, ...probe.feeds }, write });
}

interface Written extends Omit<Probe, "write" | "feeds"> {
  readonly feeds: Readonly<Record<string, Tensor>>;
  write(builder: GraphBuilder, feeds: Readonly<Record<string, Sym>>): readonly Sym[];
}

/** Runs ops over rows, some at a time; layers of the model may be called in them. */
async function runWritten(model: AnyModel, written: Written): Promise<Tensor[]> {
  const { feeds } = written;
  const rows = Object.values(feeds)[0]!.shape[0]!;
  const capacity = Math.min(MOST_ROWS, 2 ** Math.ceil(Math.log2(rows)));
  const write: Written["write"] = (builder, fed) => {
    const outputs = written.write(builder, fed);
    if (outputs.some(({ spec }) => !spec.batched))
      throw new ArgumentError(
        `Model "${model.name}" gives a value without a batch axis: there is none for each image.`,
      );
    return outputs;
  };
  const parts: Tensor[][] = [];
  for (let from = 0; from < rows; from += capacity) {
    const slices = Object.entries(feeds).map(([name, each]) => [name, each.slice(from, from + capacity)]);
    parts.push(await runStep(model, { ...written, write, feeds: Object.fromEntries(slices) }, capacity));
  }
  return parts[0]!.map((_, i) => (parts.length === 1 ? parts[0]![i]! : concatenate(parts.map((part) => part[i]!))));
}

/**
 * Runs one step on the model's device, written on first use.
 *
 * @param capacity the most rows that a batch of this step may have
 */
export async function runStep(
  model: AnyModel,
  { key: kind, feeds, shared = {}, write }: Written,
  capacity: number,
): Promise<Tensor[]> {
  const { runner } = model;
  const rows = Object.values(feeds)[0]!.shape[0]!;
  const specs = [
    ...Object.entries(feeds).map(([name, { shape, dtype }]) => {
      return { name, dtype, shape: [capacity, ...shape.slice(1)], batched: true };
    }),
    ...Object.entries(shared).map(([name, { shape, dtype }]) => ({ name, dtype, shape, batched: false })),
  ];
  const kinds = specs.map(({ name, dtype, shape }) => `${name} ${dtype}[${shape.join(",")}]`);
  const key = `insight ${kind} ${kinds.join(" ")} v${runner.version}`;
  const trace = (session: Session) => (builder: GraphBuilder) => {
    const context = new Trace({
      builder,
      training: false,
      root: model.name,
      key: keyOf(0),
      nameOf: (variable) => session.nameOf(variable),
    });
    const inputs = specs.map(({ name, ...spec }) => [name, builder.input(name, spec)]);
    const outputs = context.write(() =>
      builder.within({ owner: model.name, backward: false }, () => write(builder, Object.fromEntries(inputs))),
    );
    outputs.forEach((output, i) => {
      builder.output(outputName(i), output);
    });
    return { uses: context.used, changes: [] } satisfies StepState;
  };
  return runner.onDevice(async (session) => {
    const make = async () => new BoundStep(session, await session.step(key, trace(session)));
    const fed = Object.entries({ ...feeds, ...shared }).map(([name, { data }]) => [name, data]);
    const { step, outputs } = await runOnce(make, Object.fromEntries(fed), rows);
    return outputSpecs(step.compiled.program).map(
      (spec, i) => new Tensor(outputs[outputName(i)]!, withRows(spec, rows).shape),
    );
  });
}
