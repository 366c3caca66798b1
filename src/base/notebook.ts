/** How objects show themselves in notebooks. */

/** The name of the method that Deno's Jupyter kernel asks the last value of a cell for. */
export const notebookDisplay: unique symbol = /* @__PURE__ */ Symbol.for("Jupyter.display");

/** What shows an object, by MIME type; a notebook takes the richest that it can. */
export interface NotebookDisplay {
  readonly "text/plain": string;
  readonly "text/html": string;
}
