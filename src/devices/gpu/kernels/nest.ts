/** Maps flat indices of a loop nest to the operands' offsets. */
import type { LoopAxis } from "../../loop-axes.ts";

/**
 * WGSL that splits `index` along the axes, innermost last, and declares the offset `NAME` of each operand in elements. The first
 * axis takes the remainder, so its length may depend on the rows.
 */
export function declareOffsets(
  axes: readonly LoopAxis[],
  index: string,
  operands: readonly { readonly name: string; readonly strideOf: (axis: LoopAxis) => number }[],
): string {
  const lines: string[] = [];
  const prefix = operands.map(({ name }) => name).join("_");
  let rest = index;
  for (let at = axes.length - 1; at > 0; at--) {
    const { size } = axes[at]!;
    lines.push(`  let ${prefix}_c${at} = ${rest} % ${size}u;`, `  let ${prefix}_r${at} = ${rest} / ${size}u;`);
    rest = `${prefix}_r${at}`;
  }
  if (axes.length > 0) lines.push(`  let ${prefix}_c0 = ${rest};`);
  for (const { name, strideOf } of operands) {
    const terms = axes.flatMap((axis, at) => {
      const stride = strideOf(axis);
      return stride === 0 ? [] : [`${prefix}_c${at}${stride === 1 ? "" : ` * ${stride}u`}`];
    });
    lines.push(`  let ${name} = ${terms.length === 0 ? "0u" : terms.join(" + ")};`);
  }
  return lines.join("\n");
}
