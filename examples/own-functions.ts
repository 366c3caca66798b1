/** A loss, a metric, a regularizer, an initializer, a constraint, an activation and a schedule as plain functions. */
import type { Sym } from "fovea";
import { abs, add, divide, maximum, mean, multiply, square, subtract, sum } from "fovea/ops";

export const squares = (yTrue: Sym, yPred: Sym) => mean(square(subtract(yTrue, yPred)), -1);
export const distances = (yTrue: Sym, yPred: Sym) => mean(abs(subtract(yTrue, yPred)), -1);
export const penalty = (weight: Sym) => multiply(sum(square(weight)), 0.02);
export const twentieths = (shape: readonly number[]) => new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.05);
export const notNegative = (weight: Sym) => maximum(weight, 0);
export const leaky = (x: Sym) => maximum(x, multiply(x, 0.2));
export const falling = (step: Sym) => divide(0.3, add(1, multiply(step, 0.5)));
