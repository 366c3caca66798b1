/** Measures a GPU's peak rates for arithmetic and memory. */
import type { Peaks } from "../peaks.ts";
import { usage } from "./memory.ts";

const WORKGROUP = 64;
const ROUNDS = 1024;
/** Independent sums of four values each: enough to hide the latency, few enough for the registers of a software renderer. */
const SUMS = 4;
const FLOPS_PER_THREAD = ROUNDS * SUMS * 4 * 2;
const BYTES_PER_THREAD = 2 * 16;

const each = (line: (sum: number) => string) => Array.from({ length: SUMS }, (_, i) => line(i));

const compute = `
@group(0) @binding(0) var<storage, read_write> y: array<vec4f>;
@compute @workgroup_size(${WORKGROUP})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let half = vec4f(0.5);
${each((i) => `  var a${i} = vec4f(f32(id.x + ${i}u));`).join("\n")}
  for (var round = 0u; round < ${ROUNDS}u; round++) {
${each((i) => `    a${i} = a${i} * half + half;`).join("\n")}
  }
  y[id.x] = ${each((i) => `a${i}`).join(" + ")};
}`;

const move = `
@group(0) @binding(0) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> x: array<vec4f>;
@compute @workgroup_size(${WORKGROUP})
fn main(@builtin(global_invocation_id) id: vec3u) {
  y[id.x] = x[id.x];
}`;

/** Maximum workgroups of a dispatch along one axis. */
const MOST_GROUPS = 65535;
const MOST_DISPATCHES = 4096;
/** Seconds: in a run this long, the cost of submission is negligible. */
const LONG_ENOUGH = 0.03;
const RUNS = 10;

/**
 * The best of several runs; workgroups and dispatches are increased until a run is long enough. Takes some tenths of a second in
 * total.
 */
export async function measurePeaks(device: GPUDevice): Promise<Peaks> {
  // 64 MiB each: larger than most caches.
  const size = 16 * WORKGROUP * MOST_GROUPS;
  const buffers = [0, 1].map((i) => device.createBuffer({ label: `peak ${i}`, size, usage: usage.storage }));
  try {
    const computing = await threadsPerSecond(device, compute, buffers.slice(0, 1));
    const moving = await threadsPerSecond(device, move, buffers);
    return { gflops: (computing * FLOPS_PER_THREAD) / 1e9, gigabytes: (moving * BYTES_PER_THREAD) / 1e9 };
  } finally {
    for (const buffer of buffers) buffer.destroy();
  }
}

async function threadsPerSecond(device: GPUDevice, code: string, buffers: readonly GPUBuffer[]): Promise<number> {
  const module = device.createShaderModule({ label: "peak", code });
  const pipeline = await device.createComputePipelineAsync({
    label: "peak",
    layout: "auto",
    compute: { module, entryPoint: "main" },
  });
  const group = device.createBindGroup({
    label: "peak",
    layout: pipeline.getBindGroupLayout(0),
    entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
  const secondsOf = async (groups: number, dispatches: number) => {
    const encoder = device.createCommandEncoder({ label: "peak" });
    const pass = encoder.beginComputePass({ label: "peak" });
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    for (let i = 0; i < dispatches; i++) pass.dispatchWorkgroups(groups);
    pass.end();
    const start = performance.now();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    return (performance.now() - start) / 1000;
  };
  let [groups, dispatches] = [16, 1];
  while (dispatches < MOST_DISPATCHES && (await secondsOf(groups, dispatches)) < LONG_ENOUGH)
    if (groups < MOST_GROUPS) groups = Math.min(MOST_GROUPS, 4 * groups);
    else dispatches *= 2;
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < RUNS; run++) best = Math.min(best, await secondsOf(groups, dispatches));
  return (dispatches * groups * WORKGROUP) / best;
}
