/**
 * Lets Dawn find Chromium's software adapter (SwiftShader) where the machine has no GPU of its own. Tests run on what is found;
 * with neither they fail and say what to install.
 */
import { existsSync } from "node:fs";
import { create } from "webgpu";
import { mayHaveAdapter } from "../src/devices/gpu/vulkan.ts";

/** Where Debian's chromium keeps the description of its Vulkan driver. */
const swiftShader = "/usr/lib/chromium/vk_swiftshader_icd.json";

export async function setup(): Promise<void> {
  if (process.env.VK_ICD_FILENAMES !== undefined) return;
  const adapter = (await mayHaveAdapter("webgpu")) ? await create([]).requestAdapter() : null;
  if (adapter === null && existsSync(swiftShader)) process.env.VK_ICD_FILENAMES = swiftShader;
}
