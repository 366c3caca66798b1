/** Finds the GPU: `navigator.gpu` in browsers and Deno, the npm package `webgpu` (Dawn) in Node. Nothing is loaded before it is asked for. */
import { DeviceError } from "../../base/errors.ts";
import { isNode } from "../../base/node.ts";
import type { Features } from "./kernel.ts";

/** The part of the npm package `webgpu` that is used. */
interface DawnModule {
  create(options: string[]): GPU;
}

/** Clocks are coarse for the sake of web pages that share a GPU; a kernel shorter than 0.07 ms could not be timed by them. */
const dawnOptions = ["disable-dawn-features=timestamp_quantization"];

/**
 * Dawn's instance, as `navigator.gpu` is one of a page: what is made of it does not keep it alive, and Node crashes when it is
 * collected first (webgpu 0.6.2). So it stays for the life of the process; it does not keep the process from ending.
 */
const dawn = new Map<"instance", GPU>();

/** What is known of an adapter before a device is made of it. */
export interface FoundAdapter {
  readonly adapter: GPUAdapter;
  /** For people: "NVIDIA H100", "SwiftShader driver". */
  readonly name: string;
  /** It computes on the CPU: SwiftShader, llvmpipe, WARP. */
  readonly isSoftware: boolean;
  /** It has subgroups, and shaders can tell which one they are in. */
  readonly subgroups: boolean;
}

/** Limits that are asked for as high as the adapter has them; all others stay at WebGPU's defaults. */
const wantedLimits = ["maxBufferSize", "maxStorageBufferBindingSize", "maxStorageBuffersPerShaderStage"] as const;

/** Names that software renderers give themselves: SwiftShader, Mesa's llvmpipe, lavapipe and softpipe, Microsoft's WARP. */
const softwareNames = /swiftshader|llvmpipe|lavapipe|softpipe|software|basic render|\bwarp\b/i;

/**
 * The machine's GPU, a hardware one before a software one.
 *
 * @throws DeviceError that says what is missing and how to get it
 */
export async function findAdapter(): Promise<FoundAdapter> {
  const gpu = await findWebGpu();
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null) throw new DeviceError(noAdapter());
  const subgroups = adapter.features.has("subgroups") && gpu.wgslLanguageFeatures.has("subgroup_id");
  return { adapter, name: nameOf(adapter.info), isSoftware: isSoftware(adapter.info), subgroups };
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
  // A name that bundlers cannot see: the package is for Node only, and optional.
  const name = "webgpu";
  try {
    const { create }: DawnModule = await import(/* @vite-ignore */ /* webpackIgnore: true */ name);
    const instance = create(dawnOptions);
    dawn.set("instance", instance);
    return instance;
  } catch (error) {
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

/** Whether an adapter is a program on the CPU. */
export function isSoftware(info: Pick<GPUAdapterInfo, "vendor" | "architecture" | "device" | "description">): boolean {
  const told = (info as { readonly isFallbackAdapter?: boolean }).isFallbackAdapter === true;
  return told || softwareNames.test(`${info.vendor} ${info.architecture} ${info.device} ${info.description}`);
}

function nameOf({ vendor, architecture, device, description }: GPUAdapterInfo): string {
  const family = [vendor, architecture].filter((word) => word !== "").join(" ");
  return description || device || family || "a GPU that does not tell its name";
}

/** For `devices()` and reports; a software adapter is called what it is. */
export function describeAdapter({ name, isSoftware }: FoundAdapter): string {
  return `WebGPU on ${name}${isSoftware ? ", a software adapter: the CPU in disguise" : ""}`;
}

/** The features that kernels may use. */
export function featuresOf({ subgroups, isSoftware }: FoundAdapter): Features {
  return { subgroups, software: isSoftware };
}

/** A device with all that the adapter offers of what fovea uses. */
export async function requestDevice({ adapter, name }: FoundAdapter): Promise<GPUDevice> {
  const requiredLimits = Object.fromEntries(wantedLimits.map((limit) => [limit, adapter.limits[limit]]));
  const optional: readonly GPUFeatureName[] = ["subgroups", "timestamp-query"];
  const requiredFeatures = optional.filter((feature) => adapter.features.has(feature));
  try {
    return await adapter.requestDevice({ label: "fovea", requiredLimits, requiredFeatures });
  } catch (error) {
    throw new DeviceError(`The GPU "${name}" gives no device: ${error instanceof Error ? error.message : error}`);
  }
}
