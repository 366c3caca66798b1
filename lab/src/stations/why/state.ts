/** Station 10 without its view: the methods, and how alike two maps are. */

export const methodNames = [
  "occlusion",
  "gradient",
  "gradient_x_input",
  "smooth_grad",
  "grad_cam",
  "hi_res_cam",
] as const;
export type MethodName = (typeof methodNames)[number];

export interface Method {
  readonly title: string;
  /** What a number of the map is. */
  readonly unit: string;
  /** What it asks, and what it cannot tell. */
  readonly says: string;
}

export const methods: Readonly<Record<MethodName, Method>> = {
  occlusion: {
    title: "Occlusion",
    unit: "fall of the probability",
    says: "Covers a patch and asks again. It misses what two places show equally well.",
  },
  gradient: {
    title: "Gradient",
    unit: "score per unit of grey",
    says: "What a little more ink would do. It tells nothing of a large change.",
  },
  gradient_x_input: {
    title: "Gradient × input",
    unit: "score",
    says: "The gradient where there is ink. Missing ink, which also speaks, is left out.",
  },
  smooth_grad: {
    title: "SmoothGrad",
    unit: "score per unit of grey",
    says: "The mean gradient of noisy copies. It depends on how much noise there is.",
  },
  grad_cam: {
    title: "Grad-CAM",
    unit: "weight of the place",
    says: "Weighs each map of the last convolution by its mean gradient, as if all its places meant the same. Before a Dense layer they do not.",
  },
  hi_res_cam: {
    title: "HiRes-CAM",
    unit: "score",
    says: "Weighs each unit of the last convolution by its own gradient. What speaks against the class is cut off.",
  },
};

/** Layers that can be made to forget, the last one first; "none" for the network as it is. */
export const forgetNames = ["none", "dense", "conv2d_1", "conv2d"] as const;
export type ForgetName = (typeof forgetNames)[number];

/** What is said below a map. */
export function captionOf(method: MethodName, map: ArrayLike<number> | undefined, alike: number | undefined): string {
  if (map !== undefined && Array.prototype.every.call(map, (value: number) => value === 0))
    return method === "grad_cam"
      ? "The mean gradient of every map speaks against the class, and Grad-CAM cuts that off: nothing is left."
      : "Nothing is left of the map.";
  if (alike !== undefined && !Number.isNaN(alike)) return `Likeness to the map before: ${alike.toFixed(2)} of 1.`;
  return methods[method].says;
}

/** Ranks from 0; equal values share the mean of their places. */
function ranksOf(values: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: values.length }, (_, i) => i).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Float64Array(values.length);
  for (let first = 0, next = 0; first < order.length; first = next) {
    while (next < order.length && values[order[next]!] === values[order[first]!]) next++;
    for (let i = first; i < next; i++) ranks[order[i]!] = (first + next - 1) / 2;
  }
  return ranks;
}

/**
 * Spearman's rank correlation of two maps of one size: 1 where the same places matter in the same order, about 0 where they have
 * nothing to do with each other. No number where one of them is the same everywhere.
 */
export function likeness(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const [first, second] = [ranksOf(a), ranksOf(b)];
  const mean = (first.length - 1) / 2;
  let [together, spreadA, spreadB] = [0, 0, 0];
  for (let i = 0; i < first.length; i++) {
    const [u, v] = [first[i]! - mean, second[i]! - mean];
    together += u * v;
    spreadA += u * u;
    spreadB += v * v;
  }
  return together / Math.sqrt(spreadA * spreadB);
}
