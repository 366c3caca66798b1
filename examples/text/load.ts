/** The user's own reviews: folders of text files, as Stanford's "Large Movie Review Dataset" (aclImdb) has them. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { FormatError } from "fovea";
import { Random } from "../shared/random.ts";
import { type Review, type ReviewData, reviewData } from "./reviews.ts";

/** @throws FormatError when a folder is missing or empty */
export async function loadReviews(folder: string, { seed }: { readonly seed: number }): Promise<ReviewData> {
  const random = new Random(seed, 3);
  const part = async (name: string) => {
    const both = await Promise.all([readTexts(folder, name, "neg"), readTexts(folder, name, "pos")]);
    return random.shuffle(both.flat());
  };
  const parts = [await part("train"), await part("test")] as const;
  return reviewData(`reviews in "${folder}"`, parts, { length: 200, maxTokens: 10_000 });
}

async function readTexts(folder: string, part: string, verdict: "neg" | "pos"): Promise<Review[]> {
  const path = join(folder, part, verdict);
  const names = (await readdir(path).catch(() => [])).filter((name) => name.endsWith(".txt")).sort();
  if (names.length === 0)
    throw new FormatError(`"${path}" has no text files (.txt); expected train/pos, train/neg, test/pos and test/neg.`);
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(path, name), "utf8");
      return { text: text.replaceAll("<br />", " "), isFor: verdict === "pos" };
    }),
  );
}
