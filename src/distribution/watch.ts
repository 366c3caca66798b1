/**
 * Notices that a process of the group has ended, or that processes wait for each other for ever. MPI does neither: a process whose
 * partner is gone waits until somebody ends it.
 *
 * Each process keeps a connection to the first one: it breaks when a process dies. Once a second it says where it is. The first one
 * finds who keeps the others waiting, and tells all, so that each ends with the same sentence.
 */
import type { Socket } from "node:net";
import { InputOutputError } from "../base/errors.ts";
import { builtin } from "../base/node.ts";

/** Where a process is. */
export interface Position {
  /** Exchanges within steps that it has begun and ended. */
  readonly begun: number;
  readonly ended: number;
  /** Records that it has exchanged, and the occasion of the one that it is at. */
  readonly records: number;
  readonly at: string | null;
}

export interface WatchOptions {
  readonly rank: number;
  /** Names each process: "rank 1 (process 4711 on node7)". */
  readonly names: readonly string[];
  /** Whether all of them are on one host. */
  readonly isLocal: boolean;
  /** Milliseconds without progress after which waiting processes give up. */
  readonly timeout: number;
  position(): Position;
  /** Ends this process. */
  end(why: string): void;
  /** A record of each process. */
  gather<T>(what: string, record: T): Promise<readonly T[]>;
}

interface Meeting {
  readonly port: number;
  readonly addresses: readonly string[];
  readonly token: string;
}

interface Seen {
  readonly position: Position;
  /** When it last got on. */
  readonly since: number;
}

/** Messages to the first process; back come `{ why }`. */
type Report =
  | { readonly token: string; readonly rank: number }
  | { readonly position: Position }
  | { readonly leaves: true };

const TICK_MS = 1000;
/** A connection that cannot be made is given up after so long: the processes then go without a watch. */
const CONNECT_MS = 10_000;

/** Watches from now on. @returns tells the others that this process ends in good order */
export async function startWatch(options: WatchOptions): Promise<() => void> {
  return options.rank === 0 ? watchAll(options) : report(options);
}

/** The first process. */
async function watchAll(options: WatchOptions): Promise<() => void> {
  const { names, isLocal, timeout, end } = options;
  const { createServer } = builtin("node:net");
  const token = builtin("node:crypto").randomBytes(16).toString("hex");
  const sockets = new Map<number, Socket>();
  const left = new Set<number>();
  const seen = new Map<number, Seen>();
  let isOver = false;
  const note = (rank: number, position: Position) => {
    const before = seen.get(rank);
    const isSame = before !== undefined && JSON.stringify(before.position) === JSON.stringify(position);
    if (!isSame) seen.set(rank, { position, since: performance.now() });
  };
  const endAll = (why: string) => {
    if (isOver) return;
    isOver = true;
    for (const socket of sockets.values()) socket.write(`${JSON.stringify({ why })}\n`);
    end(why);
  };
  const server = createServer((socket) => {
    let rank: number | undefined;
    socket.unref();
    socket.on("error", () => {});
    readLines<Report>(socket, (message) => {
      if ("token" in message) {
        if (message.token !== token || sockets.has(message.rank)) return void socket.destroy();
        rank = message.rank;
        sockets.set(rank, socket);
      } else if (rank === undefined) socket.destroy();
      else if ("leaves" in message) left.add(rank);
      else note(rank, message.position);
    });
    socket.on("close", () => {
      if (rank !== undefined && !left.has(rank)) endAll(whoDied(names[rank]!));
    });
  });
  server.unref();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, isLocal ? "127.0.0.1" : undefined, resolve);
  });
  const { port } = server.address() as { port: number };
  await options.gather<Meeting>("meet", { port, token, addresses: isLocal ? ["127.0.0.1"] : ownAddresses() });
  setInterval(() => {
    note(0, options.position());
    const why = findStall(names, seen, left, timeout);
    if (why !== undefined) endAll(why);
  }, TICK_MS).unref();
  return () => {
    isOver = true;
  };
}

/** Every other process. */
async function report(options: WatchOptions): Promise<() => void> {
  const { rank, names, end } = options;
  const [meeting] = await options.gather<Meeting | null>("meet", null);
  const socket = await reach(meeting!);
  if (socket === undefined) return () => {};
  let isOver = false;
  const tell = (message: Report) => socket.write(`${JSON.stringify(message)}\n`);
  tell({ token: meeting!.token, rank });
  socket.unref();
  socket.on("error", () => {});
  readLines<{ readonly why: string }>(socket, ({ why }) => {
    isOver = true;
    end(why);
  });
  socket.on("close", () => {
    if (!isOver) end(whoDied(names[0]!));
  });
  setInterval(() => tell({ position: options.position() }), TICK_MS).unref();
  return () => {
    isOver = true;
    tell({ leaves: true });
  };
}

/** The sentence with which all end. */
export const whoDied = (name: string) =>
  `${name} has ended in the midst of the program, so the other processes cannot go on.`;

/** Who keeps the others waiting; undefined while all get on. */
function findStall(
  names: readonly string[],
  seen: ReadonlyMap<number, Seen>,
  left: ReadonlySet<number>,
  timeout: number,
): string | undefined {
  const all = [...seen].filter(([rank]) => !left.has(rank));
  const waits = ({ position: { begun, ended, at } }: Seen) => begun > ended || at !== null;
  const waiting = all.filter(([, each]) => waits(each));
  const [first] = waiting;
  if (first === undefined) return undefined;
  const list = (ranks: readonly number[]) => ranks.map((rank) => names[rank]).join(", ");
  const now = performance.now();
  const [gone] = left;
  // What was said of a process that has left comes before its leaving.
  if (gone !== undefined && waiting.every(([, { since }]) => now - since > 2 * TICK_MS))
    return `${list([...left])} has come to the end of its program, and ${list(waiting.map(([rank]) => rank))} still waits for it: all processes must make the same calls.`;
  if (all.length < names.length - left.size || all.some(([, { since }]) => now - since < timeout)) return undefined;
  const done = Math.max(...all.map(([, { position }]) => position.begun));
  const late = all.filter(([, each]) => !waits(each) || each.position.begun < done);
  const seconds = Math.round(timeout / 1000);
  if (late.length === 0)
    return `All processes have waited for each other for ${seconds} s, ${waiting.map(([rank, each]) => `${names[rank]} ${placeOf(each)}`).join(", ")}: the network may be broken.`;
  const where = late.map(([rank, each]) => `${names[rank]} (${placeOf(each)})`).join(", ");
  const punctual = waiting.filter(([rank]) => late.every(([other]) => other !== rank));
  return `${where} has kept ${list(punctual.map(([rank]) => rank))} (${placeOf(first[1])}) waiting for ${seconds} s. All processes must make the same calls with the same data. If one has more to do than the others for so long, give initialize a longer timeout.`;
}

const placeOf = ({ position: { begun, ended, at } }: Seen): string =>
  at !== null ? `about to ${at}` : begun > ended ? `in exchange ${begun}` : `after exchange ${ended}`;

/** Messages are short; whoever sends something else is no process of the group. */
const LONGEST_LINE = 2 ** 16;

function readLines<T>(socket: Socket, take: (message: T) => void): void {
  let text = "";
  socket.setEncoding("utf8");
  socket.on("data", (part: string) => {
    const lines = (text + part).split("\n");
    text = lines.pop()!;
    try {
      if (text.length > LONGEST_LINE) throw new InputOutputError("A message has no end.");
      for (const line of lines) take(JSON.parse(line) as T);
    } catch {
      socket.destroy();
    }
  });
}

/** Addresses of this host that others may reach. */
function ownAddresses(): string[] {
  const all = Object.values(builtin("node:os").networkInterfaces()).flatMap((list) => list ?? []);
  return all.filter(({ internal, family }) => !internal && family === "IPv4").map(({ address }) => address);
}

async function reach({ port, addresses }: Meeting): Promise<Socket | undefined> {
  const { connect } = builtin("node:net");
  for (const host of addresses) {
    const socket = connect({ host, port, timeout: CONNECT_MS / addresses.length });
    const isThere = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true));
      socket.once("timeout", () => resolve(false));
      socket.once("error", () => resolve(false));
    });
    if (isThere) {
      socket.setTimeout(0);
      return socket;
    }
    socket.destroy();
  }
  return undefined;
}
