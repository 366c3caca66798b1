/** Finds out by whom this process was started, and where the MPI library of that launcher is. */
import { ArgumentError, DeviceError } from "../base/errors.ts";
import { builtin } from "../base/node.ts";
import type { Abi, Interface, MpiSettings } from "./mpi-calls.js";

type Environment = Readonly<Record<string, string | undefined>>;

/** What the launcher said by its variables. */
export interface Launch {
  readonly launcher: string;
  /** Kinds of libraries that may be the launcher's, the most probable first. */
  readonly abis: readonly Abi[];
  readonly size: number;
}

/** Variables of launchers: those that hold the number of processes, and whose library the launcher belongs to. */
const launchers: readonly { readonly size: string; readonly launcher: string; readonly abis: readonly Abi[] }[] = [
  { size: "OMPI_COMM_WORLD_SIZE", launcher: "mpirun of Open MPI", abis: ["openmpi", "standard"] },
  // srun, by --mpi=pmix: the library is the one that the site has built for it.
  { size: "PMIX_RANK", launcher: "a launcher with PMIx", abis: ["openmpi", "standard", "mpich"] },
  {
    size: "PMI_SIZE",
    launcher: "mpiexec of MPICH, Intel MPI, Cray MPICH or MVAPICH",
    abis: ["mpich", "standard", "openmpi"],
  },
  { size: "MPI_LOCALNRANKS", launcher: "mpiexec of MPICH", abis: ["mpich", "standard"] },
  { size: "PALS_RANKID", launcher: "aprun or PALS of Cray", abis: ["mpich", "standard"] },
];

/**
 * The launch of this process; undefined where nobody has launched it as one of several.
 *
 * @throws DeviceError where Slurm started several tasks that know nothing of each other
 */
export function findLaunch(env: Environment): Launch | undefined {
  const found = launchers.find(({ size }) => env[size] !== undefined);
  const tasks = Number(env.SLURM_STEP_NUM_TASKS ?? 1);
  if (found === undefined && tasks > 1)
    throw new DeviceError(
      `srun started ${tasks} tasks that know nothing of each other, so each would train for itself. Name the interface of the MPI library: srun --mpi=pmix for Open MPI, srun --mpi=pmi2 for MPICH (srun --mpi=list tells which there are).`,
    );
  if (found === undefined) return undefined;
  const count = [env.OMPI_COMM_WORLD_SIZE, env.PMI_SIZE, env.SLURM_STEP_NUM_TASKS].find((each) => each !== undefined);
  return { launcher: found.launcher, abis: found.abis, size: Number(count ?? Number.NaN) };
}

/** File names of the libraries of each kind. */
const files: Readonly<Record<Abi, readonly string[]>> = {
  openmpi: ["libmpi.so.40", "libmpi.so.80", "libmpi.so"],
  mpich: ["libmpi.so.12", "libmpich.so.12", "libmpi_cray.so.12", "libmpich.so"],
  standard: ["libmpi_abi.so.1", "libmpi_abi.so.0", "libmpi_abi.so"],
};

/** Folders to look in, the ones that the launcher and the site's modules name before those of the system. */
function foldersOf(env: Environment): string[] {
  const { dirname, join } = builtin("node:path");
  const lists = [env.LD_LIBRARY_PATH, env.DYLD_LIBRARY_PATH].flatMap((list) => list?.split(":") ?? []);
  const roots = [
    env.OPAL_PREFIX,
    env.MPI_HOME,
    env.MPI_ROOT,
    env.I_MPI_ROOT && join(env.I_MPI_ROOT, "lib/release"),
    env.MPICH_DIR,
  ];
  const beside = (env.PATH ?? "").split(":").flatMap((folder) => {
    const { existsSync } = builtin("node:fs");
    return folder !== "" && existsSync(join(folder, "mpirun")) ? [dirname(folder)] : [];
  });
  const machine = { x64: "x86_64", arm64: "aarch64", ppc64: "powerpc64le", riscv64: "riscv64" }[process.arch as string];
  const system =
    machine === undefined ? [] : [`/usr/lib/${machine}-linux-gnu`, `/usr/lib/${machine}-linux-gnu/openmpi/lib`];
  const own = [...roots, ...beside].flatMap((root) =>
    root === undefined ? [] : [join(root, "lib"), join(root, "lib64"), root],
  );
  const all = [...lists, ...own, ...system, "/usr/lib64", "/usr/local/lib", "/usr/lib", "/opt/homebrew/lib"];
  return [...new Set(all.filter((each): each is string => each !== undefined && each !== ""))];
}

/** The kind of a library, by its file's name. */
function abiOf(path: string): Abi {
  const name = builtin("node:path").basename(path);
  if (name.startsWith("libmpi_abi")) return "standard";
  return /^libmpich|^libmpi_cray|\.so\.12(\.|$)|^libmpi\.12/.test(name) ? "mpich" : "openmpi";
}

/**
 * The library to load.
 *
 * @throws ArgumentError for a FOVEA_MPI that names no library; DeviceError where there is none
 */
export function findLibrary(env: Environment, { launcher, abis }: Launch): Omit<MpiSettings, "ffi"> {
  const { existsSync, realpathSync } = builtin("node:fs");
  const { join } = builtin("node:path");
  const asked = env.FOVEA_MPI;
  if (asked !== undefined && asked !== "") {
    const [, kind, path] = /^(?:(openmpi|mpich|standard):)?(.*)$/.exec(asked)!;
    if (!existsSync(path!))
      throw new ArgumentError(
        `FOVEA_MPI is "${asked}", expected the path of an MPI library, such as /usr/lib/x86_64-linux-gnu/libmpi.so.40, with "openmpi:", "mpich:" or "standard:" in front of it where its name does not tell its kind.`,
      );
    return { library: path!, abi: (kind as Abi | undefined) ?? abiOf(realpathSync(path!)) };
  }
  const folders = foldersOf(env);
  for (const abi of abis)
    for (const file of files[abi])
      for (const folder of folders) {
        const library = join(folder, file);
        if (existsSync(library) && abiOf(realpathSync(library)) === abi) return { library, abi };
      }
  throw new DeviceError(
    `This process was started by ${launcher}, and its MPI library was not found: looked for ${abis.flatMap((abi) => files[abi]).join(", ")} in ${folders.join(", ")}. Load the site's module (module load openmpi), or name the library: FOVEA_MPI=/path/to/libmpi.so.`,
  );
}

/** What calls native libraries here: the package koffi, or Node's own interface from 26.1 on. @throws DeviceError where there is neither */
export async function findInterface(env: Environment): Promise<Interface> {
  const asked = env.FOVEA_FFI;
  if (asked !== undefined && asked !== "" && asked !== "koffi" && asked !== "node")
    throw new ArgumentError(`FOVEA_FFI is "${asked}", expected "koffi" or "node".`);
  if (asked !== "node") {
    try {
      await import("koffi");
      return "koffi";
    } catch (cause) {
      if (asked === "koffi")
        throw new DeviceError("The package koffi could not be loaded: npm install koffi.", { cause });
    }
  }
  if (builtin("node:ffi" as "node:fs") !== undefined) return "node";
  throw new DeviceError(
    `Training with several processes calls MPI, a native library, which Node ${process.versions.node} cannot do by itself: npm install koffi, or use Node 26.1 or newer.`,
  );
}
