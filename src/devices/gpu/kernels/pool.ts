/** 2-D pooling, NHWC, and its gradients: one thread per result, or per four channels where their number allows. */
import { sizeOf } from "../../../base/shape.ts";
import type { Call, Operand } from "../../../ir/program.ts";
import type { Pool2dAttrs } from "../../../ops/max-pool2d.ts";
import type { Bindings, EmitKernel, Shader } from "../kernel.ts";
import { flatMain, flatWorkgroups, liveCount } from "./flat.ts";
import { type Lanes, mathFunctions } from "./print-expr.ts";

/** Shared by all kernels: image and window sizes as constants, and the position of a window. */
function printGeometry(large: Operand, small: Operand, { window, strides, pad }: Pool2dAttrs, lanes: Lanes): string {
  const [, h, w, c] = large.spec.shape;
  const [, oh, ow] = small.spec.shape;
  return `${mathFunctions(lanes)}
const H = ${h}i; const W = ${w}i; const OH = ${oh}i; const OW = ${ow}i; const C = ${c! / lanes}i;
const KH = ${window[0]}i; const KW = ${window[1]}i; const SH = ${strides[0]}i; const SW = ${strides[1]}i;
const TOP = ${pad[0][0]}i; const LEFT = ${pad[1][0]}i;
fn large_at(image: i32, row: i32, column: i32, channel: i32) -> i32 { return ((image * H + row) * W + column) * C + channel; }
fn small_at(image: i32, i: i32, j: i32, channel: i32) -> i32 { return ((image * OH + i) * OW + j) * C + channel; }
/** Windows (or cells of one) along an axis that are inside it: ceil and floor of a quotient that may be negative. */
fn ceil_div(a: i32, b: i32) -> i32 { return select(-(-a / b), (a + b - 1) / b, a > 0); }`;
}

/** Declares image, row or i, column or j, and channel of the thread. */
function printPlace(height: "H" | "OH", width: "W" | "OW", row: string, column: string): string {
  return `  let channel = i32(id) % C;
  let ${column} = (i32(id) / C) % ${width};
  let ${row} = (i32(id) / (C * ${width})) % ${height};
  let image = i32(id) / (C * ${width} * ${height});`;
}

function eachResult(call: Call, geometry: readonly [Operand, Operand], body: (bindings: Bindings) => string): Shader {
  const { shape, batched } = call.outputs[0]!.spec;
  const lanes = lanesOf(call);
  const elements = sizeOf(batched ? shape.slice(1) : shape) / lanes;
  return {
    label: `${call.op.name} [${shape.join(", ")}]`,
    code: (bindings) =>
      printGeometry(...geometry, call.attrs as Pool2dAttrs, lanes) +
      flatMain(liveCount(batched, elements), body(bindings)),
    workgroups: (rows) => flatWorkgroups(batched ? rows * elements : elements),
  };
}

const lanesOf = ({ outputs }: Call): Lanes => (outputs[0]!.spec.shape[3]! % 4 === 0 ? 4 : 1);
const typeOf = (call: Call) => (lanesOf(call) === 4 ? "vec4f" : "f32");

/** The cells of window (i, j) that lie in the image. */
const windowBounds = `  let top = i * SH - TOP;
  let left = j * SW - LEFT;
  let first_row = max(0, top);
  let first_column = max(0, left);
  let end_row = min(H, top + KH);
  let end_column = min(W, left + KW);`;

/** The windows that cover cell (row, column). */
const coveringWindows = `  let first_i = max(0, ceil_div(row + TOP - KH + 1, SH));
  let end_i = min(OH - 1, (row + TOP) / SH);
  let first_j = max(0, ceil_div(column + LEFT - KW + 1, SW));
  let end_j = min(OW - 1, (column + LEFT) / SW);`;

/** x [n,h,w,c] → y [n,oh,ow,c], the largest of each window; NaN wins. */
export const emitMaxPool2d: EmitKernel = (call) => {
  const type = typeOf(call);
  const body = (b: Bindings) => {
    const [x, y] = [b.input(0, type), b.output(0, type)];
    return `${printPlace("OH", "OW", "i", "j")}
${windowBounds}
  var best = ${x.load("large_at(image, first_row, first_column, channel)")};
  for (var row = first_row; row < end_row; row++) {
    for (var column = first_column; column < end_column; column++) {
      let value = ${x.load("large_at(image, row, column, channel)")};
      best = select(max_first(best, value), value, is_nan(value));
    }
  }
  ${y.store("id", "best")}`;
  };
  return { shaders: [eachResult(call, [call.inputs[0]!, call.outputs[0]!], body)] };
};

/** x [n,h,w,c], dy [n,oh,ow,c] → dx: a cell takes the gradient of each window whose first maximum it is. */
export const emitMaxPool2dGrad: EmitKernel = (call) => {
  const type = typeOf(call);
  const [bool, and] = type === "vec4f" ? ["vec4<bool>", "&"] : ["bool", "&&"];
  const body = (b: Bindings) => {
    const [x, dy, dx] = [b.input(0, type), b.input(1, type), b.output(0, type)];
    return `${printPlace("H", "W", "row", "column")}
${coveringWindows}
  let own = ${x.load("large_at(image, row, column, channel)")};
  let own_nan = is_nan(own);
  var total = ${type}();
  for (var i = first_i; i <= end_i; i++) {
    for (var j = first_j; j <= end_j; j++) {
${windowBounds}
      // The first maximum: what stands before it is smaller, what stands behind it not larger; the first NaN beats all.
      var mine = ${bool}(true);
      for (var a = first_row; a < end_row; a++) {
        for (var b = first_column; b < end_column; b++) {
          let value = ${x.load("large_at(image, a, b, channel)")};
          let value_nan = is_nan(value);
          if (a < row || (a == row && b < column)) {
            mine = mine ${and} !value_nan ${and} (own_nan ${type === "vec4f" ? "|" : "||"} (value < own));
          } else if (a != row || b != column) {
            mine = mine ${and} (own_nan ${type === "vec4f" ? "|" : "||"} (!value_nan ${and} (value <= own)));
          }
        }
      }
      total += select(${type}(), ${dy.load("small_at(image, i, j, channel)")}, mine);
    }
  }
  ${dx.store("id", "total")}`;
  };
  return { shaders: [eachResult(call, [call.outputs[0]!, call.inputs[1]!], body)] };
};

/** x, g [n,h,w,c] → y [n,oh,ow,c]: g where x has the first maximum of each window in row-major order. */
export const emitMaxPool2dPick: EmitKernel = (call) => {
  const type = typeOf(call);
  const [and, or] = type === "vec4f" ? ["&", "|"] : ["&&", "||"];
  const body = (b: Bindings) => {
    const [x, g, y] = [b.input(0, type), b.input(1, type), b.output(0, type)];
    return `${printPlace("OH", "OW", "i", "j")}
${windowBounds}
  var best = ${x.load("large_at(image, first_row, first_column, channel)")};
  var picked = ${g.load("large_at(image, first_row, first_column, channel)")};
  for (var row = first_row; row < end_row; row++) {
    for (var column = first_column; column < end_column; column++) {
      let at = large_at(image, row, column, channel);
      let value = ${x.load("at")};
      let better = not_nan(best) ${and} ((value > best) ${or} is_nan(value));
      best = select(best, value, better);
      picked = select(picked, ${g.load("at")}, better);
    }
  }
  ${y.store("id", "picked")}`;
  };
  return { shaders: [eachResult(call, [call.inputs[0]!, call.outputs[0]!], body)] };
};

/** x [n,h,w,c] → y [n,oh,ow,c], the mean of each window's cells inside the image. */
export const emitAveragePool2d: EmitKernel = (call) => {
  const type = typeOf(call);
  const body = (b: Bindings) => {
    const [x, y] = [b.input(0, type), b.output(0, type)];
    return `${printPlace("OH", "OW", "i", "j")}
${windowBounds}
  var total = ${type}();
  for (var row = first_row; row < end_row; row++) {
    for (var column = first_column; column < end_column; column++) {
      total += ${x.load("large_at(image, row, column, channel)")};
    }
  }
  ${y.store("id", "total * (1.0 / f32((end_row - first_row) * (end_column - first_column)))")}`;
  };
  return { shaders: [eachResult(call, [call.inputs[0]!, call.outputs[0]!], body)] };
};

/** dy [n,oh,ow,c] → dx [n,h,w,c]: each window distributes its gradient evenly over its cells. */
export const emitAveragePool2dGrad: EmitKernel = (call) => {
  const type = typeOf(call);
  const body = (b: Bindings) => {
    const [dy, dx] = [b.input(0, type), b.output(0, type)];
    return `${printPlace("H", "W", "row", "column")}
${coveringWindows}
  var total = ${type}();
  for (var i = first_i; i <= end_i; i++) {
    for (var j = first_j; j <= end_j; j++) {
${windowBounds}
      let cells = f32((end_row - first_row) * (end_column - first_column));
      total += ${dy.load("small_at(image, i, j, channel)")} * (1.0 / cells);
    }
  }
  ${dx.store("id", "total")}`;
  };
  return { shaders: [eachResult(call, [call.outputs[0]!, call.inputs[0]!], body)] };
};
