/** The storage buffers of one shader: named while its code is written, bound when its pipeline exists. */
import { InternalError } from "../../base/errors.ts";
import type { Buffer, Call, Operand } from "../../ir/program.ts";
import type { Bindings, ElementType, Shader, StorageArray } from "./kernel.ts";

/** A range of a GPU buffer. */
export interface Place {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
}

interface Entry {
  readonly name: string;
  readonly element: string;
  readonly place: Place;
}

/** The element types of arrays that hold float16, by what kernels see. */
const halfOf = { f32: "f16", vec4f: "vec4<f16>" } as const;

/** A storage array of float32 values, or of halves that are converted when they are loaded and stored. */
export function floatArray(
  name: string,
  type: ElementType,
  half: boolean,
): StorageArray & { readonly element: string } {
  const element = half ? halfOf[type] : type;
  return {
    name,
    element,
    load: (index) => (half ? `${type}(${name}[${index}])` : `${name}[${index}]`),
    store: (index, value) => `${name}[${index}] = ${half ? `${element}(${value})` : value};`,
  };
}

/** Binding 0 of every shader. */
const stepUniform = "struct Step { rows: u32 }\n@group(0) @binding(0) var<uniform> step: Step;";

/** Declarations before a shader's own code: its buffers, in binding order. */
export function printDeclarations(arrays: readonly { readonly name: string; readonly element: string }[]): string {
  const storage = arrays.map(
    ({ name, element }, i) => `@group(0) @binding(${i + 1}) var<storage, read_write> ${name}: array<${element}>;`,
  );
  const halves = arrays.some(({ element }) => element.includes("f16")) ? "enable f16;\n" : "";
  return `${halves}${[stepUniform, ...storage].join("\n")}`;
}

export class ShaderBindings implements Bindings {
  readonly #call: Call;
  readonly #placeOf: (buffer: Buffer) => Place;
  readonly #scratch: readonly Place[];
  readonly #entries: Entry[] = [];

  constructor(call: Call, placeOf: (buffer: Buffer) => Place, scratch: readonly Place[]) {
    this.#call = call;
    this.#placeOf = placeOf;
    this.#scratch = scratch;
  }

  input(index: number, type: ElementType = "f32"): StorageArray {
    return this.#operand(`in${index}`, this.#call.inputs[index], type);
  }

  output(index: number, type: ElementType = "f32"): StorageArray {
    return this.#operand(`out${index}`, this.#call.outputs[index], type);
  }

  scratch(index: number, type: ElementType = "f32"): StorageArray {
    const place = this.#scratch[index];
    if (place === undefined) throw new InternalError(`A kernel of "${this.#call.op.name}" has no scratch ${index}.`);
    return this.#array(`scratch${index}`, type, place);
  }

  #operand(name: string, operand: Operand | undefined, type: ElementType): StorageArray {
    if (operand === undefined) throw new InternalError(`"${this.#call.op.name}" has no operand ${name}.`);
    const { spec, half = false } = operand.buffer;
    const place = this.#placeOf(operand.buffer);
    if (spec.dtype === "float32") return this.#array(name, type, place, half);
    // Whole numbers are loaded and stored as they are, like float32.
    return floatArray(this.#name(name, spec.dtype === "int32" ? "i32" : "u32", place), type, false);
  }

  #array(name: string, type: ElementType, place: Place, half = false): StorageArray {
    const { element } = floatArray(name, type, half);
    return floatArray(this.#name(name, element, place), type, half);
  }

  #name(name: string, element: string, place: Place): string {
    const known = this.#entries.find(
      (entry) => entry.place.buffer === place.buffer && entry.place.offset === place.offset,
    );
    if (known === undefined) {
      this.#entries.push({ name, element, place });
      return name;
    }
    if (known.element !== element)
      throw new InternalError(`"${this.#call.op.name}" reads one buffer as ${known.element} and as ${element}.`);
    return known.name;
  }

  get places(): readonly Place[] {
    return this.#entries.map(({ place }) => place);
  }

  /** The complete WGSL of a shader: extensions, bindings (`places` is complete afterwards) and code. */
  text({ code, subgroups }: Shader): string {
    const own = code(this);
    return `${subgroups ? "enable subgroups;\n" : ""}${printDeclarations(this.#entries)}\n${own}`;
  }
}
