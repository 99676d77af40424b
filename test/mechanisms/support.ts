import { epsilonFromAttack, gdpFromAttack } from '../../src/accounting/index.ts'

/** A question about a release: the attacker says that x was measured where it holds, and not its neighbour. */
export type Attack = readonly [name: string, holds: (release: number) => boolean]

/** Below these points, above them, and where the last bits are finer than a place of the binary point. */
export function attacks(points: readonly number[], bits: readonly number[] = []): Attack[] {
  return [
    ...points.flatMap((point): Attack[] => [
      [`at most ${point}`, (y) => y <= point],
      [`above ${point}`, (y) => y > point],
    ]),
    ...bits.flatMap((bit): Attack[] => [
      [`finer than 2^-${bit}`, (y) => !Number.isInteger(y * 2 ** bit)],
      [`a multiple of 2^-${bit}`, (y) => Number.isInteger(y * 2 ** bit)],
    ]),
  ]
}

export const significance = 1e-6

/** The largest lower bounds on epsilon (at delta) and mu that any of the attacks proves, all of them together at the significance. */
export function audit(
  releases: readonly [here: () => number, there: () => number],
  questions: readonly Attack[],
  { draws, delta = 0 }: { readonly draws: number; readonly delta?: number },
): { readonly epsilon: number; readonly mu: number } {
  const hits = releases.map((release) => {
    const counts = questions.map(() => 0)
    for (let i = 0; i < draws; i++) {
      const y = release()
      questions.forEach(([, holds], j) => {
        if (holds(y)) counts[j] = (counts[j] as number) + 1
      })
    }
    return counts
  }) as [number[], number[]]
  const proven = { epsilon: 0, mu: 0 }
  questions.forEach((_, j) => {
    for (const [positive, negative] of [[...hits], [...hits].reverse()] as [number[], number[]][]) {
      const counts = {
        positives: draws,
        truePositives: positive[j] as number,
        negatives: draws,
        falsePositives: negative[j] as number,
        significance: significance / (4 * questions.length),
      }
      proven.epsilon = Math.max(proven.epsilon, epsilonFromAttack({ ...counts, delta }))
      proven.mu = Math.max(proven.mu, gdpFromAttack(counts))
    }
  })
  return proven
}
