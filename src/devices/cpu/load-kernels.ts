/** Finds the kernels of a program; those that are not at hand are loaded. */
import { InternalError } from "../../base/errors.ts";
import type { Program } from "../../ir/program.ts";
import type { EmitKernel, KernelSource } from "./kernel.ts";
import { kernels } from "./kernels/index.ts";
import { narrowKernels } from "./narrow/index.ts";
import { packedKernels } from "./packed/index.ts";
import { type WinogradOpName, winogradOps } from "./winograd/ops.ts";

/** Kernels by the name of their op. */
export type Kernels = ReadonlyMap<string, EmitKernel>;

const sources: ReadonlyMap<string, KernelSource> = /* @__PURE__ */ new Map<string, KernelSource>([
  ...Object.entries(kernels),
  ...Object.entries({ ...narrowKernels, ...packedKernels }).map(([name, kernel]): [string, KernelSource] => [
    name,
    () => kernel,
  ]),
  ...(Object.keys(winogradOps) as WinogradOpName[]).map((name): [string, KernelSource] => [
    name,
    async () => (await import("./winograd/index.ts")).winogradKernels[name],
  ]),
]);

/** The kernels that the program's calls need. Elementwise calls and sums of partial sums need none of them. */
export async function loadKernels({ phases }: Program): Promise<Kernels> {
  const names = new Set<string>();
  for (const { calls } of phases)
    for (const { op, mode } of calls)
      if (op.elementwise === undefined && mode !== "combine" && !op.collective) names.add(op.name);
  const loaded = [...names].map(async (name): Promise<[string, EmitKernel]> => {
    const source = sources.get(name);
    if (source === undefined) throw new InternalError(`The CPU device has no kernel for "${name}".`);
    return [name, await source()];
  });
  return new Map(await Promise.all(loaded));
}
