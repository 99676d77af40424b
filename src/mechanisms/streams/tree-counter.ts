/**
 * A running total that may be looked at after every step: the binary-tree counter, with noise that grows with the logarithm of the number of steps.
 *
 * The steps are the leaves of binary trees; each node is the sum over its leaves, and gets noise when its last leaf has come. A total is the sum of at most log2(steps) + 1 nodes. Dwork, Naor, Pitassi
 * and Rothblum 2010; Chan, Shi and Song 2011. A node is known twice, by itself and by its two children; the best mixture of both, from the leaves up (Honaker 2015), has variance v_l for a
 * node of level l in place of 1:
 *
 *     v_0 = 1,  1 / v_l = 1 + 1 / (2 v_(l-1)),     estimate = v_l node + (1 - v_l) (left + right),     v_l -> 1/2
 *
 * *Privacy*: a record that takes part in one step moves one node of each level, L = floor(log2 steps) + 1 of them, each by at most the sensitivity.
 *
 *     epsilon    discrete Laplace noise; the changes of `participations` records' worth sum to D = participations L sensitivity     epsilon = D / scale
 *     rho        discrete Gaussian noise, with the squares' sum from `treeSensitivitySquared`                                        rho = sum / (2 stddev^2)
 *
 * Node after node is an adaptive composition of pure and of concentrated mechanisms, so later steps may depend on earlier totals. Both hold exactly for integers (Canonne, Kamath and Steinke 2020, theorem 4, per node).
 * All else is post-processing of noisy nodes.
 *
 * *Promise*: nodes are exact integers, however large; the stated epsilon or rho, exactly. Numbers count as the integer next to them, NaN as 0.
 * *Limits*: a total is a whole number of at most 2^53 - 1. Memory grows with log2(steps) only, time per step on average with nothing. How many steps there were is public.
 *
 *     const counter = treeCounter({ steps: 1000, sensitivity: 1, rho: 0.5, insecureRandom: insecureSeeded(1) })
 *     counter.error({ confidence: 0.95, step: 1000 }) // => { confidence: 0.95, stddev: 5.52..., halfWidth: 15... }
 *     counter.release([20, 1, 0, 3]).length // => 4
 *
 * @module
 */

import { treeSensitivitySquared } from '../../accounting/tree.ts'
import { InvalidParameterError } from '../../errors.ts'
import { discreteLaplace as discreteLaplaceEvent, zcdp as zcdpEvent } from '../../events/builders.ts'
import type { DiscreteLaplaceEvent, ZcdpEvent } from '../../events/kinds.ts'
import { integer, options, orElse } from '../../guard.ts'
import { mulUp, sqrtUp } from '../../numeric/directed.ts'
import * as rational from '../../numeric/rational.ts'
import { discreteGaussianSampler, discreteLaplaceSampler } from '../../random/discrete-samplers.ts'
import { type ExactNumber, exactNumber, positive } from '../../random/exact-number.ts'
import type { IntegerSampler } from '../../random/integer-sampler.ts'
import { type SourceOptions, sourceOptionNames } from '../../random/source-options.ts'
import { multiplierForRho } from '../gaussian.ts'
import { nearestInteger } from '../integer-noise.ts'
import {
  demandDoubles,
  type ErrorOptions,
  type Guarantee,
  type Mechanism,
  type NoiseError,
  oneOfOptions,
  readConfidence,
} from '../mechanism.ts'
import { deviationGaussian, deviationLaplace } from '../noise-laws.ts'

/** Privacy of the whole stream: one of `epsilon` and `rho`. */
export type TreeCounterOptions = SourceOptions & {
  /** How many steps a session has at most. */
  readonly steps: number
  /** The most that one record can change one step, a whole number. */
  readonly sensitivity: number
  /** In how many steps one record can take part; 1 where it is left out. */
  readonly participations?: number | undefined
} & ({ readonly epsilon: ExactNumber; readonly rho?: undefined } | { readonly rho: number; readonly epsilon?: undefined })

/** A running total. */
export type TreeCounterSession = {
  /** One more step; what comes back is the private total so far. Throws past the last step. */
  readonly add: (value: number) => number
  /** How many steps have been added. */
  readonly step: () => number
}

export type TreeCounter = Omit<Mechanism<DiscreteLaplaceEvent | ZcdpEvent, (values: Iterable<number>) => number[]>, 'error'> & {
  /** Of the total after `step` steps, or of the least accurate total where it is left out. */
  readonly error: (options?: ErrorOptions & { readonly step?: number | undefined }) => NoiseError
  /** Begins a stream; its event is spent here. */
  readonly start: () => TreeCounterSession
}

/** Noise for nodes, and what is known of it: an upper bound of log E e^(t Z) for 0 <= t < the end. */
type NodeNoise = {
  readonly sampler: IntegerSampler
  readonly deviation: number
  readonly logMoment: (t: number) => number
  readonly end: number
  readonly event: DiscreteLaplaceEvent | ZcdpEvent
  readonly guarantee: Guarantee
}

/** Private totals of a stream. */
export function treeCounter(given: TreeCounterOptions): TreeCounter {
  const known = options('options', given, ['steps', 'sensitivity', 'participations', 'epsilon', 'rho', ...sourceOptionNames])
  const steps = integer('steps', known['steps'], { atLeast: 1 })
  const sensitivity = integer('sensitivity', known['sensitivity'], { atLeast: 1 })
  const participations = integer('participations', orElse(known['participations'], 1), { atLeast: 1, atMost: steps })
  const way = oneOfOptions(known, ['epsilon', 'rho'])
  const levels = Math.floor(Math.log2(steps)) + 1
  const source = { random: given.random, insecureRandom: given.insecureRandom }
  const noise =
    way === 'epsilon'
      ? laplaceNodes(known['epsilon'], participations * levels * sensitivity, source)
      : gaussianNodes(known['rho'], mulUp(sqrtUp(treeSensitivitySquared({ steps, participations })), sensitivity), source)
  const shares = [1]
  while (shares.length < levels) shares.push(1 / (1 + 1 / (2 * (shares.at(-1) as number))))
  const worst = Math.max(...candidates(steps).map((step) => varianceAt(step, shares)))
  const start = (): TreeCounterSession => startCounting(noise.sampler, steps, shares)
  return Object.freeze({
    provenance: noise.sampler.provenance,
    event: noise.event,
    guarantee: noise.guarantee,
    error: (asked) => {
      const { step, ...rest } = options('options', orElse(asked, {}), ['confidence', 'step'])
      const variance = step === undefined ? worst : varianceAt(integer('step', step, { atLeast: 1, atMost: steps }), shares)
      const { confidence, risk } = readConfidence(rest)
      const stddev = Math.sqrt(variance) * noise.deviation
      return Object.freeze({ confidence, stddev, halfWidth: chernoff(noise, variance, risk) + 0.5 })
    },
    start,
    release: (values) => {
      if (typeof values !== 'object' || values === null || !(Symbol.iterator in values)) {
        throw new InvalidParameterError('values', 'an iterable of numbers', typeof values)
      }
      const { add } = start()
      return Array.from(values, (value) => add(value))
    },
  } satisfies TreeCounter)
}

function laplaceNodes(epsilon: unknown, distance: number, source: SourceOptions): NodeNoise {
  integer('participations', distance, { atLeast: 1 })
  const exact = exactNumber('epsilon', epsilon, positive)
  const scale = rational.toNumber(rational.divide(rational.of(BigInt(distance)), exact), 'up')
  const claimed = rational.toNumber(exact, 'up')
  demandDoubles('epsilon', epsilon, scale, claimed)
  const [rise, end] = [Math.exp(-1 / scale), 1 / scale]
  return {
    sampler: discreteLaplaceSampler({ scale, ...source }),
    deviation: deviationLaplace(scale),
    logMoment: (t) => 2 * Math.log1p(-rise) - Math.log(-Math.expm1(t - end)) - Math.log(-Math.expm1(-t - end)),
    end,
    event: discreteLaplaceEvent({ scale, sensitivity: distance }),
    guarantee: Object.freeze({ epsilon: claimed, delta: 0 }),
  }
}

function gaussianNodes(given: unknown, distance: number, source: SourceOptions): NodeNoise {
  const stddev = mulUp(multiplierForRho(given), distance)
  const rho = given as number
  demandDoubles('rho', given, stddev, rho)
  return {
    sampler: discreteGaussianSampler({ stddev, ...source }),
    deviation: deviationGaussian(stddev),
    // Canonne, Kamath and Steinke 2020, proposition 5: no heavier than the continuous one.
    logMoment: (t) => (t * stddev) ** 2 / 2,
    end: Number.POSITIVE_INFINITY,
    event: zcdpEvent({ rho }),
    guarantee: Object.freeze({ rho }),
  }
}

/** The variance of a total, in units of that of a node: of the nodes that the binary digits of the step stand for. */
function varianceAt(step: number, shares: readonly number[]): number {
  return shares.reduce((sum, share, level) => sum + (Math.floor(step / 2 ** level) % 2) * share, 0)
}

/** Steps up to the last one, of which one has the largest variance: the last, or one digit of it taken for all the lower ones. */
function candidates(steps: number): readonly number[] {
  const list = [steps]
  for (let size = 2; size <= steps; size *= 2) {
    if (Math.floor(steps / size) % 2 === 1) list.push(steps - (steps % size) - 1)
  }
  return list
}

/**
 * An error that a weighted sum of noises exceeds with at most this risk. For both laws log E e^(tZ) / t^2 rises with t, so weights of at most 1, with squares adding up to
 * the variance, make a moment of at most variance times that of one. Any t gives a bound; the least of some is taken.
 */
function chernoff({ logMoment, end, deviation }: NodeNoise, variance: number, risk: number): number {
  let least = Number.POSITIVE_INFINITY
  const cost = Math.log(2 / risk)
  const t = Math.sqrt((2 * cost) / variance) / deviation
  if (end === Number.POSITIVE_INFINITY) return (variance * logMoment(t) + cost) / t
  for (let i = 1; i < 256; i++) {
    const at = (end * i) / 256
    least = Math.min(least, (variance * logMoment(at) + cost) / at)
  }
  return least
}

const largest = Number.MAX_SAFE_INTEGER

function startCounting(noise: IntegerSampler, steps: number, shares: readonly number[]): TreeCounterSession {
  /** Of the trees that are complete, by level: the sum itself, and its estimate. */
  const sums: bigint[] = []
  const estimates: number[] = []
  let step = 0
  const add = (value: number): number => {
    if (step === steps) throw new InvalidParameterError('add', `left alone after ${steps} steps: start() another stream`, step)
    step += 1
    let sum = typeof value === 'number' ? BigInt(nearestInteger(value)) : 0n
    let estimate = Number(sum + noise.sampleBigint())
    let level = 0
    for (; Math.floor(step / 2 ** (level + 1)) * 2 ** (level + 1) === step; level++) {
      sum += sums[level] as bigint
      const share = shares[level + 1] as number
      const node = Number(sum + noise.sampleBigint())
      estimate = share * node + (1 - share) * (estimate + (estimates[level] as number))
    }
    sums[level] = sum
    estimates[level] = estimate
    let total = 0
    for (let i = 0; i < estimates.length; i++) total += (Math.floor(step / 2 ** i) % 2) * (estimates[i] as number)
    return Math.min(Math.max(Math.round(total), -largest), largest) + 0
  }
  return Object.freeze({ add, step: () => step })
}
