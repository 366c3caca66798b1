/** What a failed system call of a disk means, for messages. */

/** The error code of a failed system call ("ENOENT"), or undefined. */
export function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : undefined;
}

const failures: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full; free some space",
  EDQUOT: "the disk quota is used up; free some space",
  EROFS: "the disk is read-only",
  EACCES: "permission was denied",
  EPERM: "permission was denied",
};

/** "the disk is full; free some space (ENOSPC)"; the error's own words where it is another one. */
export function diskWords(error: unknown): string {
  const code = codeOf(error) ?? "";
  const words = error instanceof Error ? error.message : String(error);
  return Object.hasOwn(failures, code) ? `${failures[code]} (${code})` : words;
}
