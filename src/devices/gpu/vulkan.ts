/**
 * Looks for Vulkan's drivers before Dawn does, on Linux in Node. Where Dawn finds no GPU, it and the Vulkan loader print warnings
 * to the standard error, and no option turns them off.
 */
import { builtin } from "../../base/node.ts";

/** Folders in which the Vulkan loader looks for descriptions of drivers (LoaderDriverInterface.md), most of them named by XDG. */
function driverFolders(environment: NodeJS.ProcessEnv, home: string): string[] {
  const of = (name: string, fallback: string) => (environment[name] || fallback).split(":");
  return [
    ...of("XDG_CONFIG_HOME", `${home}/.config`),
    ...of("XDG_CONFIG_DIRS", "/etc/xdg"),
    "/usr/local/etc",
    "/etc",
    ...of("XDG_DATA_HOME", `${home}/.local/share`),
    ...of("XDG_DATA_DIRS", "/usr/local/share:/usr/share"),
  ].map((folder) => `${folder}/vulkan/icd.d`);
}

/** What the files of this machine tell of drivers and GPUs. */
interface Traces {
  /** A description of a driver, by the name of an environment variable. */
  readonly namedDriver: boolean;
  readonly driver: boolean;
  /** A device file of a GPU. */
  readonly gpu: boolean;
}

function look(): Traces {
  const { existsSync, readdirSync } = builtin("node:fs");
  const { env } = process;
  const entries = (folder: string): string[] => {
    try {
      return readdirSync(folder);
    } catch {
      return [];
    }
  };
  const named = (list: string | undefined) => (list ?? "").split(":").some((path) => path !== "" && existsSync(path));
  // Instead of the folders; the second name is the older one.
  const only = env.VK_DRIVER_FILES || env.VK_ICD_FILENAMES;
  const namedDriver = named(only) || named(env.VK_ADD_DRIVER_FILES);
  const inFolders = () =>
    driverFolders(env, builtin("node:os").homedir()).some((folder) =>
      entries(folder).some((name) => name.endsWith(".json")),
    );
  const gpu =
    entries("/dev/dri").some((name) => name.startsWith("renderD")) ||
    ["/dev/nvidiactl", "/dev/dxg"].some((path) => existsSync(path));
  return { namedDriver, driver: namedDriver || (!only && inFolders()), gpu };
}

/** Exit code of the other process where WebGPU finds no adapter. */
const NO_ADAPTER = 86;
const MOST_SECONDS = 20;

/** Whether another process, whose warnings nobody sees, finds an adapter; undefined where it cannot be asked. */
async function askOtherProcess(dawn: string): Promise<boolean | undefined> {
  // A program that carries its host in it would run itself again.
  if (!/\/(node|bun)$/.test(process.execPath)) return undefined;
  try {
    const { spawn } = builtin("node:child_process");
    const path = builtin("node:module")
      .createRequire(import.meta.url)
      .resolve(dawn);
    const code = `import(${JSON.stringify(path)}).then(({ create }) => create([]).requestAdapter())
      .then((adapter) => process.exit(adapter === null ? ${NO_ADAPTER} : 0))`;
    const asked = spawn(process.execPath, ["-e", code], { stdio: "ignore", timeout: 1000 * MOST_SECONDS });
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      asked.once("error", reject);
      asked.once("exit", resolve);
    });
    if (exitCode === 0) return true;
    return exitCode === NO_ADAPTER ? false : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether Dawn should be asked for an adapter here: no, if it is known to find none. A driver and a GPU together are enough, and
 * so is a driver that the user names. With one of the two (a GPU without a driver, Mesa's drivers in a container) another process
 * is asked first.
 *
 * @param dawn name of the npm package that is Dawn
 */
export async function mayHaveAdapter(dawn: string): Promise<boolean> {
  if (process.platform !== "linux") return true;
  const { namedDriver, driver, gpu } = look();
  if (namedDriver || (driver && gpu)) return true;
  return (driver || gpu) && (await askOtherProcess(dawn)) !== false;
}
