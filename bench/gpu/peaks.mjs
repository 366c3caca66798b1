// @ts-check
/** What a GPU can compute in registers and move through its memory, measured. */

const WORKGROUP = 64;
const ROUNDS = 1024;
const SUMS = 8;

const compute = `
@group(0) @binding(0) var<storage, read_write> y: array<vec4f>;
@compute @workgroup_size(${WORKGROUP})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let half = vec4f(0.5);
${Array.from({ length: SUMS }, (_, i) => `  var a${i} = vec4f(f32(id.x + ${i}u));`).join("\n")}
  for (var round = 0u; round < ${ROUNDS}u; round++) {
${Array.from({ length: SUMS }, (_, i) => `    a${i} = fma(a${i}, half, half);`).join("\n")}
  }
  y[id.x] = ${Array.from({ length: SUMS }, (_, i) => `a${i}`).join(" + ")};
}`;

const move = `
@group(0) @binding(0) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> x: array<vec4f>;
@compute @workgroup_size(${WORKGROUP})
fn main(@builtin(global_invocation_id) id: vec3u) {
  y[id.x] = x[id.x];
}`;

/** As many workgroups as one dispatch can have along an axis. */
const MOST_GROUPS = 65535;
/** A run as long as this is not about the time that a submission takes. */
const LONG_ENOUGH = 0.03;

/**
 * The best of several runs, of as many workgroups as it takes to last.
 * @param {GPUDevice} device
 * @returns {Promise<{ gflops: number, gigabytes: number }>}
 */
export async function measurePeaks(device) {
  // Larger than any cache that could hide the memory.
  const size = 16 * WORKGROUP * MOST_GROUPS;
  const buffers = [0, 1].map(() => device.createBuffer({ size, usage: 0x80 }));
  const threadsPerSecond = async (/** @type {string} */ code, /** @type {GPUBuffer[]} */ used) => {
    const module = device.createShaderModule({ code });
    const pipeline = await device.createComputePipelineAsync({
      layout: "auto",
      compute: { module, entryPoint: "main" },
    });
    const group = device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: used.map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
    const seconds = async (/** @type {number} */ groups) => {
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(groups);
      pass.end();
      const start = performance.now();
      device.queue.submit([encoder.finish()]);
      await device.queue.onSubmittedWorkDone();
      return (performance.now() - start) / 1000;
    };
    let groups = 16;
    while (groups < MOST_GROUPS && (await seconds(groups)) < LONG_ENOUGH) groups = Math.min(MOST_GROUPS, 4 * groups);
    let best = Number.POSITIVE_INFINITY;
    for (let run = 0; run < 10; run++) best = Math.min(best, await seconds(groups));
    return (groups * WORKGROUP) / best;
  };
  const computing = await threadsPerSecond(compute, buffers.slice(0, 1));
  const moving = await threadsPerSecond(move, buffers);
  for (const buffer of buffers) buffer.destroy();
  return { gflops: (computing * ROUNDS * SUMS * 4 * 2) / 1e9, gigabytes: (moving * 2 * 16) / 1e9 };
}
