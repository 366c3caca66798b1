import { expect, test } from "vitest";
import { isSoftware } from "../../../src/devices/gpu/adapter.ts";

const info = (description: string) => ({ vendor: "", architecture: "", device: "", description });

test.each([
  ["Google Vulkan (SwiftShader Device (Subzero))", true],
  ["llvmpipe (LLVM 15, 256 bits)", true],
  ["Microsoft Basic Render Driver", true],
  ["NVIDIA H100", false],
  ["Intel(R) Xe Graphics", false],
])("%s is software: %s", (description, expected) => {
  expect(isSoftware(info(description))).toBe(expected);
});

test("an adapter may tell it by its architecture alone", () => {
  expect(isSoftware({ ...info(""), vendor: "google", architecture: "swiftshader" })).toBe(true);
});
