/** The class with the largest probability of each row, the first of equal ones. */
export function classesOf(probabilities: ArrayLike<number>, classes = 10): number[] {
  return Array.from({ length: probabilities.length / classes }, (_, row) => {
    let best = 0;
    for (let i = 1; i < classes; i++)
      if (probabilities[row * classes + i]! > probabilities[row * classes + best]!) best = i;
    return best;
  });
}
