/**
 * RAPPOR: private reports of a text that is reported again and again, by a memory that is made once.
 *
 *     filter      the text as a Bloom filter, hashed the way of one's cohort
 *     memory      each bit of the filter is flipped with probability f / 2, once and for all       ("permanent" response)
 *     report      each bit of the memory is shown as 1 with probability q if it is 1, else p        ("instantaneous" response)
 *
 * Erlingsson, Pihur and Korolova 2014. There are two epsilons, and they promise different things:
 *
 *     guarantee.epsilon = 2 h ln((1 - f/2) / (f/2))        all reports ever made of one memory, together; h is the number of hashes
 *     reportEpsilon     = h ln(q' (1 - p') / (p' (1 - q')))      a single report, seen by somebody who sees no other; p' and q' those of a
 *                         report's bit that is not, and is, in the filter
 *
 * Two texts differ in at most 2 h bits of a filter, each a binary randomised response: that is the event, and pays for a memory and all its reports.
 *
 * *Memory is explicit.* `memoize(text)` makes one, plain data to be kept on the device and shown to nobody; `report(memory)` may then be called forever. A second
 * memory of the same text costs the event again, and another text needs a memory of its own, best made for the same `cohort`. `release(text)` is a memory for one report.
 *
 * *Estimates* of shares are by regression on the filters of the candidates that the analyst asks for, from one report of each person.
 *
 * *Promise*: the memory's likelihood ratio is at most e^epsilon exactly. A memory or a report takes a word of entropy for each bit, whatever the text.
 * *Limits*: what is no text counts as the empty one. Hashing takes time by the length of the text.
 *
 *     const mechanism = rappor({ epsilon: 4, insecureRandom: insecureSeeded(1) })
 *     const memory = mechanism.memoize('fox', { cohort: 3 })
 *     mechanism.report(memory) // => { cohort: 3, bits: '...' }
 *     mechanism.event // => { kind: 'repeated', times: 4, event: { kind: 'randomizedResponse', epsilon: 1, categories: 2 } }
 *     mechanism.reportEpsilon // => 1.88245967...
 *
 * @module
 */

import { InvalidParameterError } from '../../errors.ts'
import { randomizedResponse, repeated } from '../../events/builders.ts'
import type { RepeatedEvent } from '../../events/kinds.ts'
import { array, integer, isPlainObject, options, orElse } from '../../guard.ts'
import { mulUp, nextUp } from '../../numeric/directed.ts'
import type { Rational } from '../../numeric/rational.ts'
import * as rational from '../../numeric/rational.ts'
import { type ExactNumber, exactNumber, probability } from '../../random/exact-number.ts'
import type { Provenance } from '../../random/handles.ts'
import { type SourceOptions, sourceOf, sourceOptionNames } from '../../random/source-options.ts'
import { type ErrorOptions, type Guarantee, type NoiseError, readConfidence } from '../mechanism.ts'
import { addBits, writeBits } from './bit-string.ts'
import { type FilterShape, placesOf } from './bloom.ts'
import { type Decoder, rapporDecoder } from './rappor-decoder.ts'
import { countReports, meanError, readErrorOptions, type ShareEstimate, toShare } from './shares.ts'
import { coin, readEpsilon, truthRate } from './truth-rate.ts'
import { inDoubles } from './unary.ts'

export type RapporOptions = SourceOptions & {
  /** Of all reports that are made of one memory. */
  readonly epsilon: ExactNumber
  /** Bits of a filter: 128 where it is left out. */
  readonly bits?: number | undefined
  /** Bits that a text sets: 2 where it is left out. */
  readonly hashes?: number | undefined
  /** Ways to hash: 8 where it is left out. */
  readonly cohorts?: number | undefined
  /** How often a report shows a 0 of the memory as 1: 1/4 where it is left out. */
  readonly p?: ExactNumber | undefined
  /** How often a report shows a 1 of the memory as 1: 3/4 where it is left out. With p = 0 and q = 1 the report is the memory ("one-time" RAPPOR). */
  readonly q?: ExactNumber | undefined
}

/** Private to the device, for as long as reports are to be made of it. */
export type RapporMemory = { readonly cohort: number; readonly memory: string }

/** What is sent. */
export type RapporReport = { readonly cohort: number; readonly bits: string }

/** Whose shares are asked for. */
export type Candidates = { readonly candidates: readonly string[] }

export type Rappor = {
  /** `'insecure-seeded'` reports protect nobody. */
  readonly provenance: Provenance
  /** A memory and all its reports; neighbours are two texts of one person, so ask accountants for `'replace-one'`. */
  readonly event: RepeatedEvent
  readonly guarantee: Guarantee
  /** The epsilon of one report on its own, rounded up. */
  readonly reportEpsilon: number
  /** Of the share that is known worst, whatever the shares. */
  readonly error: (options: ErrorOptions & Candidates & { readonly responses?: number | undefined }) => NoiseError
  /** The cohort is drawn where it is left out; it is public. */
  readonly memoize: (text: string, options?: { readonly cohort?: number | undefined }) => RapporMemory
  readonly report: (memory: RapporMemory) => RapporReport
  /** A report of a memory that is then forgotten. */
  readonly release: (text: string) => RapporReport
  /** The shares of the candidates among all who reported; unbiased where nobody says anything else. What is no report is left out. */
  readonly estimate: (reports: readonly RapporReport[], options: ErrorOptions & Candidates) => readonly ShareEstimate[]
}

const one: Rational = rational.of(1n)
const mostCandidates = 1000

/** Reports of texts. */
export function rappor(given: RapporOptions): Rappor {
  const known = options('options', given, ['epsilon', 'bits', 'hashes', 'cohorts', 'p', 'q', ...sourceOptionNames])
  const epsilon = readEpsilon(known['epsilon'])
  const shape: FilterShape = {
    bits: integer('bits', orElse(known['bits'], 128), { atLeast: 2, atMost: 4096 }),
    hashes: integer('hashes', orElse(known['hashes'], 2), { atLeast: 1, atMost: 64 }),
    cohorts: integer('cohorts', orElse(known['cohorts'], 8), { atLeast: 1, atMost: 1024 }),
  }
  const { bits, hashes, cohorts } = shape
  const p = exactNumber('p', orElse(known['p'], 0.25), probability)
  const q = exactNumber('q', orElse(known['q'], 0.75), probability)
  // As close as this, and estimates would be rounding errors.
  if (rational.compare(rational.subtract(q, p), rational.of(1n, 1n << 20n)) < 0) {
    throw new InvalidParameterError('q', 'above p', known['q'])
  }
  const source = { random: given.random, insecureRandom: given.insecureRandom }
  const { bits: random, provenance } = sourceOf(source)

  const kept = truthRate(epsilon, one, 2 * hashes)
  const flipped = rational.subtract(one, kept)
  const mix = (a: Rational, b: Rational): Rational => rational.add(rational.multiply(kept, a), rational.multiply(flipped, b))
  const shown = { truth: mix(q, p), other: mix(p, q) }
  const rates = inDoubles(shown)
  const [keeps, ofZero, ofOne] = [coin(kept, source), coin(p, source), coin(q, source)]
  const each = rational.toNumber(rational.divide(epsilon.exact, rational.of(BigInt(2 * hashes))), 'up')
  const memoryEvent = repeated({ times: 2 * hashes, event: randomizedResponse({ epsilon: each, categories: 2 }) })

  const memoize: Rappor['memoize'] = (text, asked) => {
    const { cohort } = options('options', orElse(asked, {}), ['cohort'])
    const own = cohort === undefined ? random.below(cohorts) : integer('cohort', cohort, { atLeast: 0, below: cohorts })
    const places = placesOf(typeof text === 'string' ? text : '', own, shape)
    return Object.freeze({ cohort: own, memory: writeBits(bits, (i) => places.has(i) === keeps()) })
  }
  const report: Rappor['report'] = (memory) => {
    const ones = new Uint32Array(bits)
    if (!isOf(memory, 'memory', shape, (text) => addBits(text, ones))) {
      throw new InvalidParameterError('memory', 'what memoize() gave', typeof memory)
    }
    return Object.freeze({ cohort: memory.cohort, bits: writeBits(bits, (i) => (ones[i] === 1 ? ofOne() : ofZero())) })
  }

  let latest: { readonly candidates: string; readonly decoder: Decoder } | undefined
  const decoderFor = (asked: unknown): Decoder => {
    const texts = array('candidates', asked, 1).map((text, i) => {
      if (typeof text === 'string') return text
      throw new InvalidParameterError(`candidates[${i}]`, 'text', text)
    })
    if (texts.length > mostCandidates) {
      throw new InvalidParameterError('candidates', `an array of at most ${mostCandidates}`, texts.length)
    }
    const key = JSON.stringify(texts)
    if (latest?.candidates !== key) latest = { candidates: key, decoder: rapporDecoder(texts, shape, rates) }
    return latest.decoder
  }

  return Object.freeze({
    provenance,
    event: memoryEvent,
    guarantee: Object.freeze({ epsilon: epsilon.claimed, delta: 0 }),
    reportEpsilon: logOddsRatio(shown, hashes, epsilon.claimed),
    error: (asked) => {
      const { candidates, ...rest } = options('options', asked, ['candidates', 'confidence', 'responses'])
      const { confidence, risk, n } = readErrorOptions(rest)
      const { variances, ranges } = decoderFor(candidates)
      const errors = Array.from(variances, (variance, v) => meanError(variance, ranges[v] as number, n, risk))
      const stddev = errors.reduce((most, error) => Math.max(most, error.stddev), 0)
      return Object.freeze({ confidence, stddev, halfWidth: errors.reduce((most, error) => Math.max(most, error.halfWidth), 0) })
    },
    memoize,
    report,
    release: (text) => report(memoize(text)),
    estimate: (reports, asked) => {
      const { candidates, ...rest } = options('options', asked, ['candidates', 'confidence'])
      const { risk } = readConfidence(rest)
      const decoder = decoderFor(candidates)
      const ones = Array.from({ length: cohorts }, () => new Uint32Array(bits))
      const counts = new Float64Array(cohorts)
      const total = countReports(reports, (one) => {
        if (!isOf(one, 'bits', shape, (text, cohort) => addBits(text, ones[cohort] as Uint32Array))) return false
        counts[one.cohort] = (counts[one.cohort] as number) + 1
        return true
      })
      return Object.freeze(
        Array.from(decoder.shares(ones, counts, total), (share, v) => {
          const { stddev, halfWidth } = meanError(decoder.variances[v] as number, decoder.ranges[v] as number, total, risk)
          return Object.freeze({ share, stddev, low: toShare(share - halfWidth), high: toShare(share + halfWidth) })
        }),
      )
    },
  } satisfies Rappor)
}

/** A cohort and a text of bits, which is taken. */
function isOf(
  value: unknown,
  name: 'memory' | 'bits',
  { cohorts }: FilterShape,
  take: (text: unknown, cohort: number) => boolean,
): value is { readonly cohort: number } {
  if (!isPlainObject(value)) return false
  const { cohort } = value
  if (typeof cohort !== 'number' || !Number.isInteger(cohort) || cohort < 0 || cohort >= cohorts) return false
  return take(value[name], cohort)
}

/** h ln(q (1 - p) / (p (1 - q))), rounded up, and no more than the memory's own epsilon. */
function logOddsRatio({ truth: q, other: p }: { truth: Rational; other: Rational }, hashes: number, most: number): number {
  const ratio = rational.divide(rational.multiply(q, rational.subtract(one, p)), rational.multiply(p, rational.subtract(one, q)))
  const log = Math.log1p(rational.toNumber(rational.subtract(ratio, one), 'up'))
  return Math.min(most, mulUp(hashes, nextUp(nextUp(log))))
}
