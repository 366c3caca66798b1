// @ts-check
/**
 * The calls of an MPI library, by a foreign function interface. Plain JavaScript, because the threads of the CPU device load it,
 * which Node 20 cannot start from TypeScript.
 *
 * Handles differ between libraries. Open MPI's are addresses of its own variables; MPICH's are numbers, the same in all libraries
 * that keep the MPICH ABI (Intel MPI, Cray MPICH, MVAPICH); those of the standard ABI (MPI 5.0, chapter 20) are fixed addresses.
 */

/** @typedef {"openmpi" | "mpich" | "standard"} Abi */
/** @typedef {"koffi" | "node"} Interface */
/** @typedef {{ readonly library: string, readonly abi: Abi, readonly ffi: Interface }} MpiSettings */
/** @typedef {number | bigint} Handle */
/** @typedef {(...args: any[]) => number} Call */
/** @typedef {{ call(...args: any[]): number, later(...args: any[]): Promise<number> }} MpiFunction */
/** @typedef {{ func(name: string, args: readonly ("pointer" | "int")[]): MpiFunction, symbol(name: string): bigint }} ForeignLibrary */

/** Most floats of one call: 4 MiB. Open MPI takes a temporary buffer of a call's size from the system, which is slow for large ones. */
export const mostFloats = 2 ** 20;

const THREAD_SERIALIZED = 2;
const THREAD_MULTIPLE = 3;

/**
 * @param {Abi} abi
 * @param {ForeignLibrary} library
 */
function handlesOf(abi, library) {
  if (abi === "openmpi")
    return {
      world: library.symbol("ompi_mpi_comm_world"),
      float: library.symbol("ompi_mpi_float"),
      byte: library.symbol("ompi_mpi_byte"),
      sum: library.symbol("ompi_mpi_op_sum"),
      inPlace: 1n,
      statusIgnore: null,
      levels: { serialized: THREAD_SERIALIZED, multiple: THREAD_MULTIPLE },
    };
  if (abi === "mpich")
    return {
      world: 0x44000000,
      float: 0x4c00040a,
      byte: 0x4c00010d,
      sum: 0x58000003,
      inPlace: 0xffffffffffffffffn,
      statusIgnore: 1n,
      levels: { serialized: THREAD_SERIALIZED, multiple: THREAD_MULTIPLE },
    };
  return {
    world: 0x101n,
    float: 0x210n,
    byte: 0x247n,
    sum: 0x21n,
    inPlace: 1n,
    statusIgnore: null,
    levels: { serialized: 2048, multiple: 4096 },
  };
}

/**
 * @param {string} path
 * @returns {Promise<ForeignLibrary>}
 */
async function openByKoffi(path) {
  const { default: koffi } = await import("koffi");
  // MPICH needs more than the 128 KiB that a call in the background has by default.
  try {
    koffi.config({ async_stack_size: 2 ** 20 });
  } catch {
    // Another user of koffi in this process has made a call before: its stacks stay as they are.
  }
  // Open MPI's own plugins look for its symbols.
  const library = koffi.load(path, { global: true });
  return {
    func(name, args) {
      const made = library.func(
        name,
        "int",
        args.map((arg) => (arg === "pointer" ? "void *" : "int")),
      );
      return {
        call: (...values) => made(...values),
        later: (...values) =>
          new Promise((resolve, reject) => {
            made.async(...values, (/** @type {unknown} */ error, /** @type {number} */ result) =>
              error ? reject(error) : resolve(result),
            );
          }),
      };
    },
    symbol: (name) => koffi.address(library.symbol(name, "void")),
  };
}

/**
 * @param {string} path
 * @returns {ForeignLibrary}
 */
function openByNode(path) {
  const ffi = /** @type {any} */ (process.getBuiltinModule("node:ffi"));
  const library = new ffi.DynamicLibrary(path);
  return {
    func(name, args) {
      const made = library.getFunction(name, {
        return: "int32",
        arguments: args.map((arg) => (arg === "pointer" ? "pointer" : "int32")),
      });
      const addressOf = (/** @type {unknown} */ value) =>
        ArrayBuffer.isView(value) ? ffi.getRawPointer(value) : value === null ? 0n : value;
      const call = (/** @type {any[]} */ ...values) => made(...values.map(addressOf));
      return { call, later: async (...values) => call(...values) };
    },
    symbol: (name) => library.getSymbol(name),
  };
}

/**
 * Opens the library. In another thread of a process it finds what the first one has started.
 *
 * @param {MpiSettings} settings
 */
export async function openMpi({ library: path, abi, ffi }) {
  const library = ffi === "koffi" ? await openByKoffi(path) : openByNode(path);
  const handles = handlesOf(abi, library);
  const handle = abi === "mpich" ? "int" : "pointer";
  const allReduce = library.func("MPI_Allreduce", ["pointer", "pointer", "int", handle, handle, handle]);
  const beginReduce = library.func("MPI_Iallreduce", ["pointer", "pointer", "int", handle, handle, handle, "pointer"]);
  const test = library.func("MPI_Test", ["pointer", "pointer", "pointer"]);
  const wait = library.func("MPI_Wait", ["pointer", "pointer"]);
  const flag = new Int32Array(1);
  const allGather = library.func("MPI_Allgather", ["pointer", "int", handle, "pointer", "int", handle, handle]);
  const ask = (/** @type {string} */ name) => {
    const value = new Int32Array(1);
    check(name, library.func(name, [handle, "pointer"]).call(handles.world, value));
    return /** @type {number} */ (value[0]);
  };
  return {
    /**
     * Starts MPI in this process, which waits for the others; false where it may not be called by several threads. By the thread
     * that ends it: Open MPI crashes otherwise.
     */
    start() {
      const provided = new Int32Array(1);
      const start = library.func("MPI_Init_thread", ["pointer", "pointer", "int", "pointer"]);
      check("MPI_Init_thread", start.call(null, null, handles.levels.multiple, provided));
      return /** @type {number} */ (provided[0]) >= handles.levels.serialized;
    },
    rank: () => ask("MPI_Comm_rank"),
    size: () => ask("MPI_Comm_size"),
    /**
     * A communicator of its own for all processes, which all must ask for.
     *
     * @returns {Handle}
     */
    duplicate() {
      const made = new BigInt64Array(1);
      check("MPI_Comm_dup", library.func("MPI_Comm_dup", [handle, "pointer"]).call(handles.world, made));
      return abi === "mpich" ? (new Int32Array(made.buffer)[0] ?? 0) : /** @type {bigint} */ (made[0]);
    },
    /**
     * @param {Float32Array} values replaced by their sums
     * @param {Handle} communicator
     */
    allSum(values, communicator) {
      for (let from = 0; from < values.length; from += mostFloats) {
        const part = values.length <= mostFloats ? values : values.subarray(from, from + mostFloats);
        const { float, sum, inPlace } = handles;
        check("MPI_Allreduce", allReduce.call(inPlace, part, part.length, float, sum, communicator));
      }
    },
    /**
     * Begins the same, in parts of at most 4 MiB.
     *
     * @param {Float32Array} values not to be touched before they are sums
     * @param {Handle} communicator
     * @returns {BigInt64Array[]} a request for each part, in which the library keeps its handle
     */
    beginSum(values, communicator) {
      const { float, sum, inPlace } = handles;
      const requests = [];
      for (let from = 0; from < values.length; from += mostFloats) {
        const part = values.subarray(from, from + mostFloats);
        const request = new BigInt64Array(1);
        check("MPI_Iallreduce", beginReduce.call(inPlace, part, part.length, float, sum, communicator, request));
        requests.push(request);
      }
      return requests;
    },
    /** Whether it is through; lets all get on. @param {BigInt64Array} request */
    isThrough(request) {
      check("MPI_Test", test.call(request, flag, handles.statusIgnore));
      return flag[0] !== 0;
    },
    /** @param {BigInt64Array} request */
    wait(request) {
      check("MPI_Wait", wait.call(request, handles.statusIgnore));
    },
    /**
     * The bytes of each process, one after the other; the thread goes on meanwhile where it can.
     *
     * @param {Uint8Array} bytes as many in each process
     * @param {Handle} communicator
     * @param {number} size processes
     */
    async gather(bytes, communicator, size) {
      const all = new Uint8Array(bytes.length * size);
      const { byte } = handles;
      const { length } = bytes;
      check("MPI_Allgather", await allGather.later(bytes, length, byte, all, length, byte, communicator));
      return all;
    },
    /**
     * Ends the process at once. Node's own exit would wait for its threads, which may wait in a call for ever.
     *
     * @param {number} code
     */
    quit(code) {
      library.func("_exit", ["int"]).call(code);
    },
    finish() {
      library.func("MPI_Finalize", []).call();
    },
    /** What the library says of itself. */
    version() {
      const [text, length] = [new Uint8Array(8192), new Int32Array(1)];
      library.func("MPI_Get_library_version", ["pointer", "pointer"]).call(text, length);
      return new TextDecoder().decode(text.subarray(0, length[0])).replaceAll("\0", "").trim();
    },
  };
}

/**
 * @param {string} name
 * @param {number} code
 */
function check(name, code) {
  if (code !== 0) throw new Error(`${name} failed with the error code ${code}.`);
}
