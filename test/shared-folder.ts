import { fileURLToPath } from "node:url";

/** The folder beside the checkout that holds the large golden files and the real MNIST, where there is one. */
export const sharedFolder = fileURLToPath(new URL("../../shared/", import.meta.url));
