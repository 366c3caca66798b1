/** Says on which adapter Deno's tests run, and what to install where there is none. */
export async function setup(): Promise<void> {
  const gpu: GPU | undefined = globalThis.navigator?.gpu;
  if (gpu === undefined) throw new Error("There is no navigator.gpu: start these tests by npm run test:deno-gpu.");
  const adapter = await gpu.requestAdapter();
  if (adapter === null)
    throw new Error("Deno finds no Vulkan driver. Debian: apt-get install mesa-vulkan-drivers (llvmpipe, on the CPU).");
  const halves = adapter.features.has("shader-f16") ? "with" : "without";
  process.stderr.write(`Deno's WebGPU on ${adapter.info.description}, ${halves} 16-bit floats (shader-f16)\n`);
}
