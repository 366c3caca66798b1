/** The file of the worker threads that decode JPEGs, beside this one. The address is in a variable, because bundlers of pages would add the file to the page. */
export function jpegWorkerFile(): URL {
  const here = import.meta.url;
  return new URL("./jpeg-worker.js", here);
}
