/** What layers compute in float16, stored as such on a GPU: where the adapter has 16-bit floats. */
import { afterAll, beforeAll, describe, test } from "vitest";
import { GpuDevice } from "../../../src/devices/gpu/gpu-device.ts";
import { casesOf, opNames } from "../../ops/case-graph.ts";
import { checkHalfCase } from "../check-case.ts";
import { thirdOf } from "../device-list.ts";
import { hasFloat16 } from "../float16-adapter.ts";

describe.skipIf(!hasFloat16)("adapters with shader-f16 (npm run test:deno-gpu)", () => {
  describe.each([{ software: true }, { software: false }])("software: $software", (features) => {
    let device: GpuDevice;
    beforeAll(async () => {
      device = await GpuDevice.start({ features });
    });
    afterAll(() => device.dispose());

    describe.each(opNames)("%s", (name) => {
      test.each(thirdOf(casesOf(name)))("$name", (each) => checkHalfCase(device, each));
    });
  });
});
