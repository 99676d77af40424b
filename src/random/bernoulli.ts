/**
 * Coins of an exact probability.
 *
 *   bernoulli     true with probability p, a rational        bernoulliExp    true with probability exp(-x), x a rational
 *
 * A uniform number is compared with the probability digit by digit, 32 bits at a time: the first word decides but once in 2^32
 * (2^31) draws, and then further words do.
 *
 * *Promise*: the probability is the exact one. A double stands for its exact value.
 * *Limits*: one word a draw; which word decides, the running time tells, and nothing else.
 *
 * @module
 */

import { InvalidParameterError } from '../errors.ts'
import { options } from '../guard.ts'
import { of, type Rational, toNumber } from '../numeric/rational.ts'
import type { BitSource } from './bit-source.ts'
import { type ExactNumber, exactNumber, notNegative, probability, type Requirement } from './exact-number.ts'
import { encloseExpNeg } from './exp-enclosure.ts'
import { expNeg } from './exp-neg.ts'
import type { Provenance } from './handles.ts'
import { type SourceOptions, sourceOf, sourceOptionNames } from './source-options.ts'

/** A number under its own name, or numerator and denominator side by side. */
type Exactly<Name extends string> =
  | ({ readonly [name in Name]: ExactNumber } & { readonly numerator?: never; readonly denominator?: never })
  | ({ readonly numerator: number | bigint; readonly denominator: number | bigint } & { readonly [name in Name]?: never })

export type BernoulliOptions = Exactly<'probability'> & SourceOptions
export type BernoulliExpOptions = Exactly<'exponent'> & SourceOptions

/** A coin of a fixed probability. */
export type BernoulliSampler = { readonly provenance: Provenance; readonly sample: () => boolean }

/** True with probability `probability`, or `numerator / denominator`. */
export function bernoulli(options: BernoulliOptions): boolean {
  const { value, source } = read(options, 'probability', probability)
  return drawRational(source.bits, value)
}

/** True with probability exp(-`exponent`), or exp(-`numerator / denominator`). */
export function bernoulliExp(options: BernoulliExpOptions): boolean {
  const { value, source } = read(options, 'exponent', notNegative)
  return drawExp(source.bits, toNumber(value), () => value)
}

/** A coin to be thrown many times: parameters are read once. */
export function bernoulliSampler(options: BernoulliOptions): BernoulliSampler {
  const { value, source } = read(options, 'probability', probability)
  const { bits, provenance } = source
  const first = Number((value.numerator << 32n) / value.denominator)
  const rest = of(((value.numerator << 32n) % value.denominator) as bigint, value.denominator)
  const sample = (): boolean => {
    const word = bits.uint32()
    return word === first ? drawRational(bits, rest) : word < first
  }
  return Object.freeze({ provenance, sample })
}

/** True with probability numerator / denominator, in [0, 1]. */
export function drawRational(source: BitSource, { numerator, denominator }: Rational): boolean {
  for (let rest = numerator; ; rest = (rest << 32n) % denominator) {
    const digit = Number((rest << 32n) / denominator)
    const word = source.uint32()
    if (word !== digit) return word < digit
  }
}

/** Above the error of a double exponent (2^-53 of it, below 64) and of expNeg, and above the bits of the word to come. */
const margin = 3 / 4294967296

/**
 * True with probability exp(-x). The inner loop of whatever needs many such decisions: x as a double within 2^-50 of itself, and
 * exactly, which is only asked for when it matters.
 */
export function drawExp(source: BitSource, x: number, exactly: () => Rational): boolean {
  const word = source.uint32()
  const u = word / 4294967296
  const likely = expNeg(x)
  if (u <= likely - margin) return true
  if (u >= likely + margin) return false
  const { numerator, denominator } = exactly()
  let uniform = BigInt(word)
  for (let bits = 32; ; bits += 64) {
    const [lower, upper] = encloseExpNeg(numerator, denominator, bits + 16)
    if ((uniform + 1n) << 16n <= lower) return true
    if (uniform << 16n >= upper) return false
    uniform = (uniform << 64n) | source.bigBits(64)
  }
}

function read(given: unknown, name: string, requirement: Requirement) {
  const known = options('options', given, [name, 'numerator', 'denominator', ...sourceOptionNames])
  const { numerator, denominator } = known
  const apart = numerator !== undefined || denominator !== undefined
  if (apart && known[name] !== undefined) {
    throw new InvalidParameterError(name, 'left out where "numerator" and "denominator" are given', known[name])
  }
  const value = exactNumber(name, apart ? { numerator, denominator } : known[name], requirement)
  return { value, source: sourceOf(known) }
}
