/** Kinds of fields of a message of Protocol Buffers, and the messages that they make. A message's TypeScript type follows from them. */

/** How a field's value is read and written; what a message leaves out is the default: undefined, or an empty list. */
export type FieldKind =
  /** int32, int64, bool and enums. Beyond 2⁵³ the nearest number. */
  | "int"
  | "ints"
  /** Fixed 32 bits. */
  | "float"
  | "floats"
  /** Fixed 64 bits. */
  | "double"
  | "doubles"
  | "text"
  | "texts"
  | "bytes"
  | "blobs"
  | MessageKind<Schema, boolean>;

export interface MessageKind<S extends Schema, Repeated extends boolean> {
  readonly schema: S;
  readonly repeated: Repeated;
}

/** The fields of a message: number and kind of each, by the name that it has here. Fields that are not named are skipped. */
export type Schema = Readonly<Record<string, readonly [number: number, kind: FieldKind]>>;

/** A field that holds one message. */
export const one = <S extends Schema>(schema: S): MessageKind<S, false> => ({ schema, repeated: false });

/** A field that holds any number of messages. */
export const many = <S extends Schema>(schema: S): MessageKind<S, true> => ({ schema, repeated: true });

interface Plain {
  int: number | undefined;
  ints: readonly number[];
  float: number | undefined;
  floats: readonly number[];
  double: number | undefined;
  doubles: readonly number[];
  text: string | undefined;
  texts: readonly string[];
  bytes: Uint8Array | undefined;
  /** Any number of byte fields. */
  blobs: readonly Uint8Array[];
}

type ValueOf<K extends FieldKind> = K extends keyof Plain
  ? Plain[K]
  : K extends MessageKind<infer S, infer Repeated>
    ? Repeated extends true
      ? readonly MessageOf<S>[]
      : MessageOf<S> | undefined
    : never;

/** A message that was read. */
export type MessageOf<S extends Schema> = { readonly [Name in keyof S]: ValueOf<S[Name][1]> };

type PartsOf<K extends FieldKind> =
  K extends MessageKind<infer S, infer Repeated>
    ? Repeated extends true
      ? readonly DraftOf<S>[]
      : DraftOf<S>
    : ValueOf<K>;

/** A message to be written: what is left out, or is an empty list, does not stand in it. */
export type DraftOf<S extends Schema> = { readonly [Name in keyof S]?: PartsOf<S[Name][1]> | undefined };

/** The wire types of Protocol Buffers. The two of groups, which nobody writes any more, are not read. */
export const wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;
