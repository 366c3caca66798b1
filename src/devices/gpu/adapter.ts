/**
 * Finds the GPU: `navigator.gpu` in browsers and Deno, the npm package `webgpu` (Dawn) in Node. Nothing is loaded before the
 * first call.
 */
import { DeviceError } from "../../base/errors.ts";
import { isNode } from "../../base/node.ts";
import type { Features } from "./kernel.ts";

/** The used part of the npm package `webgpu`. */
interface DawnModule {
  create(options: string[]): GPU;
}

/** Disables the coarse clock, which protects web pages that share a GPU; it could not time kernels shorter than 0.07 ms. */
const dawnOptions = ["disable-dawn-features=timestamp_quantization"];

/**
 * Dawn's instance, the counterpart of a page's `navigator.gpu`. Objects created from it do not keep it alive, and Node crashes if
 * it is collected before them (webgpu 0.6.2). It is therefore kept for the life of the process; it does not keep the process from
 * exiting.
 */
const dawn = /* @__PURE__ */ new Map<"instance", GPU>();

/** An adapter's properties, known before a device is created. */
export interface FoundAdapter {
  readonly adapter: GPUAdapter;
  /** Display name: "NVIDIA H100", "SwiftShader driver". */
  readonly name: string;
  /** The adapter computes on the CPU: SwiftShader, llvmpipe, WARP. */
  readonly isSoftware: boolean;
  /** The adapter has subgroups, and WGSL has `subgroup_id`. */
  readonly subgroups: boolean;
  /** Shaders and buffers can have 16-bit floats. */
  readonly float16: boolean;
}

/** Limits that are requested at the adapter's maximum; others keep WebGPU's defaults. */
const wantedLimits = ["maxBufferSize", "maxStorageBufferBindingSize", "maxStorageBuffersPerShaderStage"] as const;

/** Names of software renderers: SwiftShader, Mesa's llvmpipe, lavapipe and softpipe, Microsoft's WARP. */
const softwareNames = /swiftshader|llvmpipe|lavapipe|softpipe|software|basic render|\bwarp\b/i;

/**
 * The machine's GPU; hardware is preferred to software.
 *
 * @throws DeviceError that says what is missing and how to get it
 */
export async function findAdapter(): Promise<FoundAdapter> {
  const gpu = await findWebGpu();
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null) throw new DeviceError(noAdapter());
  const subgroups = adapter.features.has("subgroups") && gpu.wgslLanguageFeatures.has("subgroup_id");
  const float16 = adapter.features.has("shader-f16");
  return { adapter, name: nameOf(adapter.info), isSoftware: isSoftware(adapter.info), subgroups, float16 };
}

async function findWebGpu(): Promise<GPU> {
  const gpu: GPU | undefined = globalThis.navigator?.gpu;
  if (gpu !== undefined) return gpu;
  if (!isNode())
    throw new DeviceError(
      'Device "gpu" needs WebGPU, which this browser does not offer here (it needs a recent browser and a secure page: https or localhost).',
    );
  const known = dawn.get("instance");
  if (known !== undefined) return known;
  // In a variable, so that bundlers do not resolve the import: the package is optional, and for Node only.
  const name = "webgpu";
  try {
    const { create }: DawnModule = await import(/* @vite-ignore */ /* webpackIgnore: true */ name);
    const { mayHaveAdapter } = await import("./vulkan.ts");
    if (!(await mayHaveAdapter(name))) throw new DeviceError(noAdapter());
    const instance = create(dawnOptions);
    dawn.set("instance", instance);
    return instance;
  } catch (error) {
    if (error instanceof DeviceError) throw error;
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    const missing = error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND";
    throw new DeviceError(
      missing
        ? 'Device "gpu" needs the npm package "webgpu" in Node. Install it beside fovea: npm install webgpu'
        : `The npm package "webgpu" could not be loaded: ${reason}`,
    );
  }
}

function noAdapter(): string {
  const linux = typeof process !== "undefined" && process.platform === "linux";
  const mend = linux
    ? 'On Linux it takes a Vulkan driver and its loader (Debian: apt-get install libvulkan1, and the GPU\'s own driver; "vulkaninfo --summary" shows what there is).'
    : "Update the graphics driver, or see whether the browser has WebGPU switched on.";
  return `Device "gpu" cannot be used: WebGPU finds no GPU adapter. ${mend}`;
}

/** Whether an adapter is a software renderer. */
export function isSoftware(info: Pick<GPUAdapterInfo, "vendor" | "architecture" | "device" | "description">): boolean {
  const told = (info as { readonly isFallbackAdapter?: boolean }).isFallbackAdapter === true;
  return told || softwareNames.test(`${info.vendor} ${info.architecture} ${info.device} ${info.description}`);
}

function nameOf({ vendor, architecture, device, description }: GPUAdapterInfo): string {
  const family = [vendor, architecture].filter((word) => word !== "").join(" ");
  return description || device || family || "a GPU that does not tell its name";
}

/** Text for `devices()` and reports; it says when an adapter is software. */
export function describeAdapter({ name, isSoftware }: FoundAdapter): string {
  return `WebGPU on ${name}${isSoftware ? ", a software adapter: the CPU in disguise" : ""}`;
}

export function featuresOf({ subgroups, isSoftware }: FoundAdapter): Features {
  return { subgroups, software: isSoftware };
}

/** Requests a device with all features and limits of the adapter that fovea uses. */
export async function requestDevice({ adapter, name }: FoundAdapter): Promise<GPUDevice> {
  const requiredLimits = Object.fromEntries(wantedLimits.map((limit) => [limit, adapter.limits[limit]]));
  const optional: readonly GPUFeatureName[] = ["subgroups", "shader-f16", "timestamp-query"];
  const requiredFeatures = optional.filter((feature) => adapter.features.has(feature));
  try {
    return await adapter.requestDevice({ label: "fovea", requiredLimits, requiredFeatures });
  } catch (error) {
    throw new DeviceError(`The GPU "${name}" gives no device: ${error instanceof Error ? error.message : error}`);
  }
}
