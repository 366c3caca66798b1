import { findAdapter } from "../../src/devices/gpu/adapter.ts";

/** Whether the adapter of this machine has 16-bit floats. SwiftShader has none, Mesa's llvmpipe has: npm run test:deno-gpu. */
export const hasFloat16: boolean = await findAdapter().then(
  ({ float16 }) => float16,
  () => false,
);
