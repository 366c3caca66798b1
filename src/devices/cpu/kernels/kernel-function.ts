/** Shared by the vector kernels: named parameters, counted loops, stores of part of a vector. */
import type { FunctionBuilder, Local } from "../../../assembler/function.ts";
import type { FunctionRef, ModuleBuilder } from "../../../assembler/module.ts";
import type { Features } from "../kernel.ts";
import { type KernelParams, namedParams } from "./rows.ts";

/** A kernel's parameters, with pointers split into inputs and outputs. */
export interface OperandParams extends KernelParams {
  readonly inputs: readonly Local[];
  readonly outputs: readonly Local[];
}

/** Adds a function with a kernel's parameters. */
export function addKernelFunction(
  module: ModuleBuilder,
  inputs: number,
  outputs: number,
  write: (f: FunctionBuilder, params: OperandParams) => void,
): FunctionRef {
  const types = new Array<"i32">(4 + inputs + outputs).fill("i32");
  return module.addFunction(types, [], (f, params) => {
    const named = namedParams(params);
    const { pointers } = named;
    write(f, { ...named, inputs: pointers.slice(0, inputs), outputs: pointers.slice(inputs) });
  });
}

/** pointer += step · unit: moves a pointer to step number `step`. */
export function advance(f: FunctionBuilder, pointer: Local, step: Local, unit: number): void {
  if (unit !== 0) f.get(pointer).get(step).i32(unit).op("i32.mul").op("i32.add").set(pointer);
}

/** pointer += bytes. */
export function advanceBy(f: FunctionBuilder, pointer: Local, bytes: number): void {
  if (bytes !== 0) f.get(pointer).i32(bytes).op("i32.add").set(pointer);
}

/** sum += a · b, in four lanes. */
export function multiplyAdd(f: FunctionBuilder, { relaxed }: Features, a: Local, b: Local, sum: Local): void {
  if (relaxed) f.get(a).get(b).get(sum).op("f32x4.relaxed_madd").set(sum);
  else f.get(sum).get(a).get(b).op("f32x4.mul").op("f32x4.add").set(sum);
}

/** size = min(end − at, most). */
export function setRemaining(f: FunctionBuilder, size: Local, at: Local, end: Local | number, most: number): void {
  if (typeof end === "number") f.i32(end);
  else f.get(end);
  f.get(at).op("i32.sub").tee(size).i32(most).get(size).i32(most).op("i32.lt_s").op("select").set(size);
}

/** Runs the body `count` times. */
export function repeat(f: FunctionBuilder, count: Local | number, body: () => void): void {
  if (count === 1) body();
  else if (count !== 0) {
    const counter = f.local("i32");
    f.i32(0).set(counter);
    f.forLoop(counter, count, 1, body);
  }
}

/** Runs the body while `left` is at least `step`, and subtracts `step` after each run. */
export function countDown(f: FunctionBuilder, left: Local, step: number, body: () => void): void {
  f.block((done) => {
    f.get(left).i32(step).op("i32.lt_s").brIf(done);
    f.loop((again) => {
      f.turn(body);
      f.get(left).i32(step).op("i32.sub").tee(left).i32(step).op("i32.ge_s").brIf(again);
    });
  });
}

/** Loads adjacent vectors into locals. */
export function loadInto(f: FunctionBuilder, address: Local, offset: number, vectors: readonly Local[]): void {
  vectors.forEach((vector, i) => {
    f.get(address)
      .mem("v128.load", offset + 16 * i)
      .set(vector);
  });
}

/** Loads adjacent vectors, each into a new local. */
export function loadVectors(f: FunctionBuilder, address: Local, offset: number, count: number): Local[] {
  return Array.from({ length: count }, (_, i) => {
    const vector = f.local("v128");
    loadInto(f, address, offset + 16 * i, [vector]);
    return vector;
  });
}

/** Stores vectors to adjacent places. */
export function storeVectors(f: FunctionBuilder, address: Local, offset: number, vectors: readonly Local[]): void {
  vectors.forEach((vector, i) => {
    storeLanes(f, address, offset + 16 * i, vector, 4);
  });
}

/** Stores the first `lanes` lanes of a vector. */
export function storeLanes(f: FunctionBuilder, address: Local, offset: number, value: Local, lanes: number): void {
  if (lanes === 4) f.get(address).get(value).mem("v128.store", offset);
  else
    for (let lane = 0; lane < lanes; lane++)
      f.get(address)
        .get(value)
        .memLane("v128.store32_lane", offset + 4 * lane, lane);
}

/** Stores the first 1, 2 or 3 lanes of a vector; `lanes` is known at run time only. */
export function storeSomeLanes(f: FunctionBuilder, address: Local, value: Local, lanes: Local): void {
  storeLanes(f, address, 0, value, 1);
  for (const lane of [1, 2])
    f.get(lanes)
      .i32(lane)
      .op("i32.gt_s")
      .if(() => {
        f.get(address)
          .get(value)
          .memLane("v128.store32_lane", 4 * lane, lane);
      });
}
