/** Convolutions and pooling along one axis, transposed convolutions and resizing against Keras's numbers. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Pad, type Padding, windowPad } from "../../src/base/shape.ts";
import { CpuDevice } from "../../src/devices/cpu/cpu-device.ts";
import type { Sym } from "../../src/ir/graph.ts";
import { averagePool1d, conv1d, conv1dTranspose, maxPool1d } from "../../src/ops/conv1d.ts";
import { conv2dTranspose } from "../../src/ops/conv2d-transpose.ts";
import { add } from "../../src/ops/elementwise.ts";
import { type ResizeMethod, resizeImages } from "../../src/ops/resize.ts";
import golden from "../golden/window-ops.json" with { type: "json" };
import { relativeError } from "../ir/closeness.ts";
import { differentiate, evaluate, type Given, runOn } from "./run-composition.ts";

interface Config {
  readonly kernel_size?: number | number[];
  readonly strides?: number | number[];
  readonly padding?: Padding | "causal";
  readonly output_padding?: number;
  readonly dilation_rate?: number;
  readonly groups?: number;
  readonly pool_size?: number;
  readonly size?: number | number[];
  readonly interpolation?: ResizeMethod;
  readonly antialias?: boolean;
  readonly height?: number;
  readonly width?: number;
}

const two = (value: number | number[] = 1) => (typeof value === "number" ? [value, value] : value) as [number, number];
const one = (value: number | number[] = 1) => two(value)[0];

/** The padding of one axis of `size` entries. */
function padOf(size: number, { padding = "valid", strides, dilation_rate = 1 }: Config, window: number): Pad {
  if (padding === "causal") return [(window - 1) * dilation_rate, 0];
  return windowPad(size, window, one(strides), dilation_rate, padding);
}

/** The case's layer as a function of its input and weights. */
function layer(name: string, config: Config, x: Sym, w: Sym | undefined): Sym {
  const { dilation_rate: dilation = 1, groups = 1, output_padding: output } = config;
  const length = x.spec.shape[1]!;
  const padding = config.padding as Padding | undefined;
  switch (name) {
    case "Conv1D": {
      const pad = padOf(length, config, one(config.kernel_size));
      return conv1d(x, w!, { stride: one(config.strides), pad, dilation, groups });
    }
    case "Conv1DTranspose":
      return conv1dTranspose(x, w!, {
        stride: one(config.strides),
        padding: padding ?? "valid",
        dilation,
        ...(output === undefined ? {} : { outputPadding: output }),
      });
    case "Conv2DTranspose":
      return conv2dTranspose(x, w!, {
        strides: two(config.strides),
        padding: padding ?? "valid",
        dilation: [dilation, dilation],
        ...(output === undefined ? {} : { outputPadding: two(output) }),
      });
    case "MaxPooling1D":
    case "AveragePooling1D": {
      const window = config.pool_size!;
      const stride = one(config.strides ?? window);
      const attrs = { window, stride, pad: padOf(length, { ...config, strides: stride }, window) };
      return name === "MaxPooling1D" ? maxPool1d(x, attrs) : averagePool1d(x, attrs);
    }
    default: {
      const [, height, width] = x.spec.shape as [number, number, number, number];
      const [down, across] = two(config.size);
      const size = [config.height ?? height * down, config.width ?? width * across] as const;
      return resizeImages(x, size, config.interpolation ?? "bilinear", config.antialias);
    }
  }
}

let device: CpuDevice;
beforeAll(async () => {
  device = await CpuDevice.start({ inline: true });
});
afterAll(() => device.dispose());

const cases = golden.cases.map((each) => ({ ...each, title: `${each.layer} ${JSON.stringify(each.config)}` }));

describe.each(cases)(
  "$title",
  ({ layer: name, config, inputs, weights, output, cotangent, inputGrads, weightGrads }) => {
    const [x] = inputs;
    const all: Given[] = [{ ...x!, batched: true }, ...weights];
    const write = (...[input, kernel, bias]: Sym[]) => {
      const made = layer(name, config as Config, input!, kernel);
      return bias === undefined ? made : add(made, bias);
    };

    test("gives Keras's output", async () => {
      const [made] = evaluate(all, write);
      expect(made!.shape).toEqual(output.shape);
      expect(relativeError(made!.data, output.data)).toBeLessThan(1e-6);
      expect(relativeError((await runOn(device, all, write))[0]!, output.data)).toBeLessThan(1e-5);
    });

    // The gradient of a transposed convolution is the second derivative of a convolution.
    const gradientsWanted = !name.endsWith("Transpose") && inputGrads !== null;
    test.runIf(gradientsWanted)("gives Keras's gradients", () => {
      const made = differentiate(all, write, cotangent.data);
      [...inputGrads!, ...weightGrads].forEach((wanted, i) => {
        expect(relativeError(made[i]!, wanted!.data), `by input ${i}`).toBeLessThan(1e-6);
      });
    });
  },
);
