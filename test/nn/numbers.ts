/** Numbers as the golden files hold them. */

type Numbers = ArrayLike<number>;

/** Numbers with a shape. */
export interface Value {
  readonly shape: readonly number[];
  readonly data: Numbers;
}

/** Arithmetic mean. */
export const mean = (values: Numbers): number =>
  (Array.prototype.reduce.call(values, (a, b) => (a as number) + b, 0) as number) / values.length;
