import type { Rational } from '../../../src/numeric/rational.ts'
import * as rational from '../../../src/numeric/rational.ts'
import { encloseExpNeg } from '../../../src/random/exp-enclosure.ts'
import type { InsecureRandom } from '../../../src/random/handles.ts'
import { scripted } from '../../random/support.ts'

/** What a release asks of its source, in order: a coin of that probability, an integer below that, or what it always gets. */
export type Asked = { readonly coin: Rational } | { readonly below: number } | { readonly word: number }

const one = rational.of(1n)

/** The exact law of what a release says, by going through all that its source can answer. */
export function lawOf<T>(asked: readonly Asked[], release: (insecureRandom: InsecureRandom) => T): Map<string, Rational> {
  const law = new Map<string, Rational>()
  const go = (at: number, words: readonly number[], weight: Rational): void => {
    const next = asked[at]
    if (next === undefined) {
      const left = [...words]
      const source = scripted(() => left.shift() as number)
      const report = JSON.stringify(release(source.random))
      if (left.length > 0 || source.consumed() !== words.length) throw new Error('the release asked for something else')
      law.set(report, rational.add(law.get(report) ?? rational.of(0n), weight))
    } else if ('coin' in next) {
      go(at + 1, [...words, 0], rational.multiply(weight, next.coin))
      go(at + 1, [...words, 0xffffffff], rational.multiply(weight, rational.subtract(one, next.coin)))
    } else if ('word' in next) {
      go(at + 1, [...words, next.word], weight)
    } else if (next.below === 1) {
      go(at + 1, words, weight)
    } else {
      const bits = 32 - Math.clz32(next.below - 1)
      for (let i = 0; i < next.below; i++) {
        go(at + 1, [...words, i * 2 ** (32 - bits)], rational.multiply(weight, rational.of(1n, BigInt(next.below))))
      }
    }
  }
  go(0, [], one)
  return law
}

/** The largest ratio of two laws at any outcome. */
export function worstRatio(laws: readonly Map<string, Rational>[]): Rational {
  let worst = one
  for (const a of laws) {
    for (const b of laws) {
      for (const [report, mass] of a) {
        const ratio = rational.divide(mass, b.get(report) as Rational)
        if (rational.compare(ratio, worst) > 0) worst = ratio
      }
    }
  }
  return worst
}

/** Whether ratio <= e^epsilon, for certain; and how far below, relatively. */
export function judge(ratio: Rational, epsilon: number): { readonly holds: boolean; readonly slack: number } {
  const { numerator, denominator } = rational.fromNumber(epsilon)
  const [, upper] = encloseExpNeg(numerator, denominator, 200)
  const limit = rational.of(1n << 200n, upper)
  return {
    holds: rational.compare(ratio, limit) <= 0,
    slack: 1 - rational.toNumber(rational.divide(ratio, limit)),
  }
}

/** The largest delta of any two of the laws at epsilon, in doubles. */
export function hockeyStick(laws: readonly Map<string, Rational>[], epsilon: number): number {
  let worst = 0
  const e = Math.exp(epsilon)
  for (const a of laws) {
    for (const b of laws) {
      let delta = 0
      for (const [report, mass] of a) {
        delta += Math.max(0, rational.toNumber(mass) - e * rational.toNumber(b.get(report) as Rational))
      }
      worst = Math.max(worst, delta)
    }
  }
  return worst
}

/** What a function of reports is on average. */
export function meanOf<T>(law: Map<string, Rational>, value: (report: T) => readonly number[]): number[] {
  const means: number[] = []
  for (const [report, mass] of law) {
    value(JSON.parse(report) as T).forEach((x, i) => {
      means[i] = (means[i] ?? 0) + rational.toNumber(mass) * x
    })
  }
  return means
}
