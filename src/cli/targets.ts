/** Class numbers in the form that a model's loss takes. */
import { formatShape } from "../base/shape.ts";
import { ArgumentError, FoveaError, type Model, ShapeError, Tensor, toCategorical } from "../index.ts";
import { judgeOf } from "../train/judge.ts";

/** One-hot rows; class numbers; 0 or 1 in a column. */
export type TargetForm = "categorical" | "int" | "binary";

/** The first target of each form that the loss may take. */
const samples: Readonly<Record<TargetForm, (classes: number) => Tensor>> = {
  categorical: (classes) => new Tensor(new Float32Array(classes).fill(1, 0, 1), [1, classes]),
  int: () => new Tensor(Int32Array.of(0), [1]),
  binary: () => new Tensor(Float32Array.of(0), [1, 1]),
};

/**
 * @param classes of the data
 * @throws ShapeError when the model's output has another number of classes; ArgumentError when its loss takes no classes
 */
export function targetForm(command: string, model: Model, classes: number): TargetForm {
  const { outputs, name } = model;
  const shape = outputs[0]!.shape;
  const units = shape.at(-1);
  const isYesNo = units === 1 && classes === 2;
  if (outputs.length !== 1 || (units !== classes && !isYesNo))
    throw new ShapeError(
      `${command}: model "${name}" gives ${outputs.map((output) => formatShape(output.shape)).join(", ")}, and the data has ${classes} classes.`,
    );
  const loss = judgeOf(model.runner.requireParts(command).objective).losses[0];
  if (loss === undefined)
    throw new ArgumentError(`${command}: model "${name}" is compiled without a loss; give it one.`);
  const objections: string[] = [];
  for (const form of isYesNo ? (["binary", "int"] as const) : (["categorical", "int"] as const)) {
    try {
      loss.checkTargets(samples[form](classes), shape);
      return form;
    } catch (error) {
      if (!(error instanceof FoveaError)) throw error;
      objections.push(error.message);
    }
  }
  throw new ArgumentError(`${command}: the loss "${loss.name}" takes no classes: ${objections.join(" ")}`);
}

/** @param labels class numbers [n] */
export function targetsOf(labels: Tensor, form: TargetForm, classes: number): Tensor {
  if (form === "categorical") return toCategorical(labels, classes);
  const numbers = labels.reshape([labels.size]);
  return form === "int" ? numbers.astype("int32") : numbers.astype("float32").reshape([labels.size, 1]);
}
