/** Copies the variables of a program from one device to another. */
import type { TypedArray } from "../base/dtype.ts";
import { InternalError } from "../base/errors.ts";
import type { Device } from "../ir/device.ts";
import type { Program } from "../ir/program.ts";

/** Copies the values of all variables that a program reads or writes, by name. */
export async function readVariables(device: Device, program: Program): Promise<Map<string, TypedArray>> {
  const values = new Map<string, TypedArray>();
  for (const { kind, name } of program.buffers) if (kind === "variable") values.set(name!, await device.read(name!));
  return values;
}

/** Allocates and sets all variables of a program on a device. */
export async function writeVariables(
  device: Device,
  program: Program,
  values: ReadonlyMap<string, TypedArray>,
): Promise<void> {
  for (const { kind, name, spec } of program.buffers) {
    if (kind !== "variable") continue;
    const value = values.get(name!);
    if (value === undefined) throw new InternalError(`There are no values for the variable "${name}".`);
    device.addVariable(name!, spec.shape, spec.dtype);
    await device.write(name!, value);
  }
}
