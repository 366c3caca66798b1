/** Files of a web server, which are read, and downloads of a page, which are written. */
import { ArgumentError, InputOutputError } from "../../base/errors.ts";
import { blobOf, blobSource } from "../byte-source.ts";
import type { FileStore } from "./file-store.ts";

/** Files beside each other on a server. `folder` ends in "/". */
export function webStore(folder: URL): FileStore {
  return {
    async open(name) {
      const url = new URL(name, folder);
      const failure = (why: string, cause?: unknown) => new InputOutputError(`Cannot read ${url}: ${why}.`, { cause });
      try {
        const response = await fetch(url);
        if (response.status === 404) return undefined;
        if (!response.ok) throw failure(`the server answered ${response.status} ${response.statusText}`);
        return blobSource(url.href, await response.blob());
      } catch (cause) {
        if (cause instanceof InputOutputError) throw cause;
        throw failure(cause instanceof Error ? cause.message : String(cause), cause);
      }
    },
    write: async (name) => {
      throw new ArgumentError(
        `"${new URL(name, folder)}": models are read from a server, not written to it. Save to a place of your own and upload the file, or pass { store, name } with a store that does.`,
      );
    },
  };
}

/** The browser's folder for downloads: files come up there under their names. */
export function downloadStore(): FileStore {
  return {
    open: async (name) => {
      throw new ArgumentError(
        `"downloads://${name}": a page cannot read downloads. Let the user choose the file, and pass it.`,
      );
    },
    write: async (name, pieces) => {
      if (typeof document === "undefined")
        throw new InputOutputError(`"downloads://${name}" needs the document of a browser's page. In Node use a path.`);
      const url = URL.createObjectURL(blobOf(pieces));
      const link = document.createElement("a");
      link.href = url;
      link.download = name;
      link.click();
      // The browser reads the address when it comes to the click.
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    },
  };
}
