/** Rewrites of graphs for the GPU. */
import type { Sym } from "../../ir/graph.ts";
import type { Lower } from "../../ir/program.ts";
import { type ConcatenateAttrs, concatenate } from "../../ops/pad.ts";

/** Splits a concatenation with more inputs than a shader can bind into nested ones. */
export function lowerFor({ maxStorageBuffersPerShaderStage: most }: GPUSupportedLimits): Lower {
  // One of the buffers is the output.
  const join = (parts: readonly Sym[], axis: number): Sym => {
    if (parts.length < most) return concatenate(parts, axis);
    const chunks = Array.from({ length: Math.ceil(parts.length / (most - 1)) }, (_, i) =>
      parts.slice(i * (most - 1), (i + 1) * (most - 1)),
    );
    return join(
      chunks.map((chunk) => (chunk.length === 1 ? chunk[0]! : concatenate(chunk, axis))),
      axis,
    );
  };
  return ({ op, attrs }, inputs) => {
    if (op.name !== "concatenate" || inputs.length < most) return undefined;
    return [join(inputs, (attrs as ConcatenateAttrs).axis)];
  };
}
