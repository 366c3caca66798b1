/** The storage buffers of one shader: named while its code is written, bound when its pipeline exists. */
import { InternalError } from "../../base/errors.ts";
import type { Buffer, Call, Operand } from "../../ir/program.ts";
import type { Bindings, ElementType, Shader } from "./kernel.ts";

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

/** Binding 0 of every shader. */
const stepUniform = "struct Step { rows: u32 }\n@group(0) @binding(0) var<uniform> step: Step;";

/** Declarations before a shader's own code: its buffers, in binding order. */
export function printDeclarations(arrays: readonly { readonly name: string; readonly element: string }[]): string {
  const storage = arrays.map(
    ({ name, element }, i) => `@group(0) @binding(${i + 1}) var<storage, read_write> ${name}: array<${element}>;`,
  );
  return [stepUniform, ...storage].join("\n");
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

  input(index: number, type: ElementType = "f32"): string {
    return this.#operand(`in${index}`, this.#call.inputs[index], type);
  }

  output(index: number, type: ElementType = "f32"): string {
    return this.#operand(`out${index}`, this.#call.outputs[index], type);
  }

  scratch(index: number, type: ElementType = "f32"): string {
    const place = this.#scratch[index];
    if (place === undefined) throw new InternalError(`A kernel of "${this.#call.op.name}" has no scratch ${index}.`);
    return this.#name(`scratch${index}`, type, place);
  }

  #operand(name: string, operand: Operand | undefined, type: ElementType): string {
    if (operand === undefined) throw new InternalError(`"${this.#call.op.name}" has no operand ${name}.`);
    const { dtype } = operand.buffer.spec;
    const element = dtype === "float32" ? type : dtype === "int32" ? "i32" : "u32";
    return this.#name(name, element, this.#placeOf(operand.buffer));
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
