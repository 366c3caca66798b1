/**
 * npm run test:deno-gpu: the GPU device in a second implementation of WebGPU, Deno's wgpu, on whatever Vulkan driver there is (Mesa's
 * llvmpipe where there is no GPU). The whole case table, Keras's training runs, and what only an adapter with 16-bit floats can run.
 */
import { defineConfig } from "vitest/config";
import { testProject } from "./test/test-projects.ts";

process.env.TEST_SEED ??= String(Math.floor(Math.random() * 2 ** 31));

const ofEveryDevice = ["test/devices/{conformance,random-graphs}.test.ts"];
const ofTheGpu = [
  "test/devices/gpu/{elementwise-batch,epilogue,float16,gpu-device,kernels,training}.test.ts",
  "test/train/{golden,keras}-runs-gpu.test.ts",
  "test/nn/mixed-layers.test.ts",
  "test/train/mixed-precision.test.ts",
];

export default defineConfig({
  test: {
    globalSetup: ["test/deno-gpu-setup.ts", "test/seed-report.ts", "test/run-folder.ts"],
    maxWorkers: 2,
    projects: [
      testProject("every device", ofEveryDevice, {}, { testNamePattern: /gpu/ }),
      // What needs no GPU has run in Node. Deno gives memory back to the system later than Node, so what a process holds says nothing there.
      testProject("gpu", ofTheGpu, {}, { testNamePattern: /^(?!.*(take no memory for good|reference, rounding))/ }),
    ],
  },
});
