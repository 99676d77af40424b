/**
 * The certified accountant: the exact epsilon and delta of a composition, within a bracket, by whichever engine gets there.
 *
 *     closed form    Gaussians alone, one Poisson-sampled Gaussian          microseconds, to rounding
 *     contour        compositions of Gaussian events                        a tenth of a millisecond, to 1e-12, from some tens of steps on
 *     grid           everything that has a dominating pair                  to the tolerance
 *
 * The contour goes first. Where it does not suit, or ends wider than asked, the grid follows and the brackets are intersected; were
 * they disjoint, one would be wrong and a NumericalError says so. Of the two orders of neighbours the larger counts; the second is
 * passed over if Chernoff's bound shows that it can't be the larger.
 *
 * *Promise*: lower <= truth <= upper, where the truth is that of the dominating pairs (laws/dominating-pairs.ts): the event's own where
 * these are attained, as all Gaussian ones are; else lower is 0, or comes from laws that the event dominates (random allocation). An infinite epsilon comes with a reason. If the tolerance was not met, `reached` says what was.
 *
 * @module
 */

import { NumericalError } from '../errors.ts'
import { type Fineness, reachable, usual } from './allocation/epoch-laws.ts'
import { closedForm, gaussianForm } from './closed-form.ts'
import { type Composition, contourDelta, contourEpsilon, gaussianCompositions, surelyBelow } from './contour/index.ts'
import type { Part } from './flatten.ts'
import { type GridResult, gridDelta, gridEpsilon } from './grid/grid.ts'
import { infiniteMass, largestLoss } from './grid/single.ts'
import { directions, directionsBelow } from './laws/dominating-pairs.ts'
import type { LawPart } from './laws/law.ts'
import { contributionsApart, type Relation } from './relation.ts'

/**
 * Which computation a bracket comes from: that with the larger upper bound where the directions took different ones; 'renyi' where the bracket was so wide
 * that the optimal conversion of Renyi divergences gave the better upper bound (accountants.ts).
 */
export type Engine = 'closed-form' | 'contour' | 'grid' | 'renyi'

/** Which order of the neighbours decides; `'both'` where they have the same loss. */
export type Direction = 'removed' | 'added' | 'both'

/** A certified bracket. */
export type TightBound = {
  readonly upper: number
  readonly lower: number
  readonly engine: Engine
  readonly relation: Relation
  readonly direction: Direction
  /** The width of the bracket relative to `upper`, where it is more than was asked for. */
  readonly reached?: number
  /** Why `upper` is infinite. */
  readonly reason?: string
}

export type TightEpsilonOptions = { readonly delta: number; readonly relation: Relation; readonly tolerance?: number }
export type TightDeltaOptions = { readonly epsilon: number; readonly relation: Relation; readonly tolerance?: number }

const defaultTolerance = 1e-6
/** (node, frequency) pairs that the contour may spend on one direction: some 40 ms, or 160 if there are parts that the grid would have to convolve. */
const budgetOf = ({ parts }: Composition): number => 4e6 * Math.min(4, parts.length) + 4e4 * parts.length

/** The least epsilon >= 0 with delta(epsilon) <= delta, for delta in [0, 1]. */
export function tightEpsilon(parts: readonly Part[], options: TightEpsilonOptions): TightBound {
  const { delta, relation, tolerance = defaultTolerance } = options
  const logDelta = Math.log(delta)
  return largest(parts, relation, tolerance, {
    closed: (composition, mu) => {
      if (!(delta > 0 && delta < 1)) return undefined
      return (mu === undefined ? closedForm(composition) : gaussianForm(mu, 2 ** -51))?.epsilon(delta)
    },
    contour: (composition) => {
      if (!(delta > 0 && delta < 1)) return undefined
      const found = contourEpsilon(composition, delta, { tolerance, budget: budgetOf(composition) })
      return found && { lower: Math.max(0, found.lower), upper: Math.max(0, found.upper) }
    },
    delta,
    grid: (laws, width) => gridEpsilon(laws, { delta, tolerance: width }),
    passedOver: (composition, lower) => {
      if (!(lower > 0 && delta > 0)) return false
      const exact = closedForm(composition)
      return exact === undefined ? surelyBelow(composition, lower, logDelta) : exact.delta(lower).upper <= delta
    },
  })
}

/** delta(epsilon), for epsilon >= 0. */
export function tightDelta(parts: readonly Part[], options: TightDeltaOptions): TightBound {
  const { epsilon, relation, tolerance = defaultTolerance } = options
  return largest(parts, relation, tolerance, {
    closed: (composition, mu) => (mu === undefined ? closedForm(composition) : gaussianForm(mu, 2 ** -51))?.delta(epsilon),
    contour: (composition) => contourDelta(composition, epsilon, { tolerance, budget: budgetOf(composition) }),
    delta: usual.delta,
    grid: (laws, width) => gridDelta(laws, { epsilon, tolerance: width }),
    passedOver: (composition, lower) => lower > 0 && surelyBelow(composition, epsilon, Math.log(lower)),
  })
}

/** What is certain without computing: bounds on the chance of an infinite loss, and on the largest finite one. */
export function lossLimits(
  parts: readonly Part[],
  relation: Relation,
): { readonly infiniteMass: Bracket; readonly largestLoss: number } {
  const sides = directions(parts, relation)
  const masses = sides.map((laws) => ({ ...infiniteMass(laws), attained: laws.every(({ law }) => law.attained) }))
  return {
    infiniteMass: {
      lower: Math.max(0, ...masses.map(({ lower, attained }) => (attained ? lower : 0))),
      upper: Math.max(0, ...masses.map(({ upper }) => upper)),
    },
    largestLoss: Math.max(...sides.map((laws) => largestLoss(laws).upper)),
  }
}

type Bracket = { readonly lower: number; readonly upper: number }

/** One question, put to each engine; undefined where it has no answer. */
type Question = {
  /** With the mu of a single Gaussian where the whole is that. */
  readonly closed: (composition: Composition, mu: number | undefined) => Bracket | undefined
  readonly contour: (composition: Composition) => Bracket | undefined
  readonly grid: (laws: readonly LawPart[], tolerance: number) => GridResult
  /** The least delta that matters to the answer. */
  readonly delta: number
  /** Whether the answer for this direction is surely at most `lower`. */
  readonly passedOver: (composition: Composition, lower: number) => boolean
}

type Answer = Bracket & { readonly engine: Engine; readonly reason?: string }

/** The larger answer of both directions. */
function largest(parts: readonly Part[], relation: Relation, tolerance: number, question: Question): TightBound {
  const compositions = gaussianCompositions(parts, relation)
  const mu = onlyMu(parts, relation)
  // Laws are made when the grid is needed, and refuse events for which no pair is known.
  let made: Laws | undefined
  const laws = (): Laws => {
    made ??= lawsOf(parts, relation, { tolerance, delta: question.delta })
    return made
  }
  const sides = (compositions ?? laws().above).length

  let best: Answer = { lower: 0, upper: 0, engine: 'closed-form' }
  let decisive = 0
  for (let side = 0; side < sides; side++) {
    const composition = compositions?.[side]
    if (side > 0 && composition !== undefined && question.passedOver(composition, best.lower)) continue
    const answer = oneSide(composition, mu, () => gridAnswer(laws(), side, tolerance, question), tolerance, question)
    if (!(answer.lower <= answer.upper)) throw new NumericalError(`the bracket [${answer.lower}, ${answer.upper}] is none`)
    if (answer.upper > best.upper) decisive = side
    best = { ...(answer.upper > best.upper ? answer : best), lower: Math.max(answer.lower, best.lower) }
  }
  const { lower, upper, engine, reason } = best
  const width = upper === lower ? 0 : (upper - lower) / upper
  return Object.freeze({
    upper,
    lower,
    engine,
    relation,
    direction: sides === 1 ? 'both' : decisive === 0 ? 'removed' : 'added',
    ...(width > tolerance ? { reached: width } : {}),
    ...(reason === undefined ? {} : { reason }),
  })
}

/** Laws that dominate the parts, and others that they dominate where the former give no lower bound. */
type Laws = {
  readonly above: readonly (readonly LawPart[])[]
  readonly below: readonly (readonly LawPart[])[] | undefined
}

const lawsOf = (parts: readonly Part[], relation: Relation, fineness: Fineness): Laws => ({
  above: directions(parts, relation, fineness),
  below: directionsBelow(parts, relation, fineness),
})

/** The grid's bracket: from one set of laws, or its ends from two, of which a tenth of the distance is wide enough. */
function gridAnswer(
  { above, below }: Laws,
  side: number,
  tolerance: number,
  { grid }: Question,
): Bracket & { readonly reason?: string } {
  if (below === undefined) return grid(above[side] as readonly LawPart[], tolerance)
  const width = reachable(tolerance) / 10
  const { upper, reason } = grid(above[side] as readonly LawPart[], width)
  const { lower } = grid(below[side] as readonly LawPart[], width)
  if (lower > upper) {
    throw new NumericalError(`laws below and above an event contradict each other: [${lower}, ${upper}]`)
  }
  return { lower, upper, ...(reason === undefined ? {} : { reason }) }
}

/** One direction: the engines in the order of their speed, until the tolerance is met. */
function oneSide(
  composition: Composition | undefined,
  mu: number | undefined,
  grid: () => Bracket & { readonly reason?: string },
  tolerance: number,
  { closed, contour }: Question,
): Answer {
  let quick: Answer | undefined
  if (composition !== undefined) {
    const exact = closed(composition, mu)
    if (exact !== undefined) return { ...exact, engine: 'closed-form' }
    const found = contour(composition)
    quick = found && { ...found, engine: 'contour' }
    if (quick !== undefined && quick.upper - quick.lower <= tolerance * quick.upper) return quick
  }
  const slow = grid()
  if (quick === undefined) return { ...slow, engine: 'grid' }
  const lower = Math.max(quick.lower, slow.lower)
  const upper = Math.min(quick.upper, slow.upper)
  if (lower > upper) {
    throw new NumericalError(
      `two certified brackets contradict each other: contour [${quick.lower}, ${quick.upper}], grid [${slow.lower}, ${slow.upper}]`,
    )
  }
  return { lower, upper, engine: slow.upper < quick.upper ? 'grid' : 'contour' }
}

/** The mu of a whole that is one Gaussian, without the detour by its square. */
function onlyMu(parts: readonly Part[], relation: Relation): number | undefined {
  const [part, more] = parts
  if (part === undefined || more !== undefined) return undefined
  const { event, times } = part
  if (event.kind !== 'gaussian' && event.kind !== 'gdp') return undefined
  const mu = Math.sqrt(times) * (event.kind === 'gdp' ? event.mu : contributionsApart(relation) / event.noiseMultiplier)
  return mu > 0 && mu < Number.POSITIVE_INFINITY ? mu : undefined
}
