import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ArgumentError, DeviceError, StateError } from "../../src/base/errors.ts";
import { DataParallel } from "../../src/distribution/data-parallel.ts";
import { findInterface, findLaunch, findLibrary, type Launch } from "../../src/distribution/launcher.ts";
import { keepLookout } from "../../src/distribution/lookout.ts";
import { distribution, initialize, setDistribution } from "../../src/distribution/process.ts";
import { chooseDevice } from "../../src/engine/choose-device.ts";
import type { Group } from "../../src/ir/group.ts";

describe("who has started this process", () => {
  test("is told by variables", () => {
    expect(findLaunch({})).toBeUndefined();
    expect(findLaunch({ OMPI_COMM_WORLD_SIZE: "4" })).toMatchObject({ launcher: "mpirun of Open MPI", size: 4 });
    expect(findLaunch({ PMI_SIZE: "2", PMI_RANK: "1" })).toMatchObject({
      abis: ["mpich", "standard", "openmpi"],
      size: 2,
    });
    expect(findLaunch({ PMIX_RANK: "0", SLURM_STEP_NUM_TASKS: "8" })).toMatchObject({ size: 8 });
  });

  test("tasks of Slurm that know nothing of each other are an error", () => {
    expect(() => findLaunch({ SLURM_STEP_NUM_TASKS: "2" })).toThrow("srun --mpi=pmix for Open MPI");
    expect(findLaunch({ SLURM_STEP_NUM_TASKS: "1" })).toBeUndefined();
  });
});

describe("the library", () => {
  const folder = mkdtempSync(join(tmpdir(), "fovea-mpi-"));
  const at = (name: string) => join(folder, name);
  const launch = (...abis: Launch["abis"]): Launch => ({ launcher: "mpirun", abis, size: 2 });
  beforeAll(() => {
    mkdirSync(at("lib"));
    mkdirSync(at("other"));
    for (const name of ["lib/libmpi.so.40.30.4", "other/libmpich.so.12.2.2", "other/libmpi_abi.so.0"])
      writeFileSync(at(name), "");
    symlinkSync(at("lib/libmpi.so.40.30.4"), at("lib/libmpi.so.40"));
    symlinkSync(at("other/libmpich.so.12.2.2"), at("other/libmpi.so.12"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("of the launcher's kind is found where the environment points", () => {
    const env = { MPI_HOME: folder, LD_LIBRARY_PATH: at("other") };
    expect(findLibrary(env, launch("openmpi"))).toEqual({ library: at("lib/libmpi.so.40"), abi: "openmpi" });
    expect(findLibrary(env, launch("mpich"))).toEqual({ library: at("other/libmpi.so.12"), abi: "mpich" });
    expect(findLibrary(env, launch("standard"))).toEqual({ library: at("other/libmpi_abi.so.0"), abi: "standard" });
  });

  test("is the one of FOVEA_MPI, its kind told by the file or in front", () => {
    const find = (FOVEA_MPI: string) => findLibrary({ FOVEA_MPI }, launch("openmpi"));
    expect(find(at("other/libmpi.so.12"))).toEqual({ library: at("other/libmpi.so.12"), abi: "mpich" });
    expect(find(`mpich:${at("lib/libmpi.so.40")}`)).toEqual({ library: at("lib/libmpi.so.40"), abi: "mpich" });
    expect(() => find(at("none.so"))).toThrow(ArgumentError);
  });

  test("that is missing is an error that says where it was looked for", () => {
    expect(() => findLibrary({ LD_LIBRARY_PATH: folder }, launch())).toThrow(DeviceError);
  });

  test("is called by koffi or by Node", async () => {
    expect(await findInterface({})).toBe("koffi");
    await expect(findInterface({ FOVEA_FFI: "ffi" })).rejects.toThrow('FOVEA_FFI is "ffi", expected "koffi" or "node"');
  });
});

test("a process leaves a file by which others find that it has ended, until all have met", () => {
  const env = { PMI_RANK: "0", PMI_SIZE: "3", PMIX_NAMESPACE: `test-${process.pid}` };
  const folder = join(tmpdir(), `fovea-${process.getuid?.() ?? 0}-test-${process.pid}`);
  const launch: Launch = { launcher: "mpirun", abis: ["openmpi"], size: 3 };
  const listeners = process.listenerCount("SIGTERM");
  const end = keepLookout(env, launch, () => {});
  expect(readFileSync(join(folder, "0"), "utf8")).toBe(`${process.pid}`);
  end();
  expect(existsSync(folder)).toBe(false);
  expect(process.listenerCount("SIGTERM")).toBe(listeners);
  keepLookout({ PMIX_NAMESPACE: env.PMIX_NAMESPACE }, launch, () => {})();
  expect(existsSync(folder)).toBe(false);
});

test("a process that was started alone is a group of one, once it was asked", async () => {
  expect(() => new DataParallel()).toThrow(StateError);
  await expect(initialize({ timeout: 0 })).rejects.toThrow("timeout is 0");
  await initialize();
  const parallel = new DataParallel();
  expect(parallel).toMatchObject({
    rank: 0,
    size: 1,
    autoShardDataset: true,
    localStatistics: false,
    exchanges: { count: 0 },
  });
  setDistribution(parallel);
  expect(distribution()).toBe(parallel);
  expect(() => setDistribution({} as DataParallel)).toThrow(ArgumentError);
  setDistribution(null);
  expect(distribution()).toBeNull();
});

test("a GPU is refused with words where processes share batches", async () => {
  const group = { rank: 0, size: 2 } as Group;
  for (const name of ["gpu", "reference"] as const)
    await expect(chooseDevice(name, {}, group)).rejects.toThrow(`device "${name}" cannot share a batch`);
});
