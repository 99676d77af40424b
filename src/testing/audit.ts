/**
 * An audit: how much a program gives away at least, proven by running it on two neighbours and telling its outputs apart.
 *
 * Part of the outputs teach questions (questions.ts), such as "at most 0.3" or "has a last bit below 2^-40". The answers to each on the other outputs
 * bound its rates of hits and false alarms (Clopper and Pearson, the significance shared between all questions and sides, Bonferroni), and
 *
 *     epsilon >= ln((hits - delta) / false alarms)        mu >= Phi^-1(hits) - Phi^-1(false alarms)
 *
 * *Promise*: with probability `confidence` or more, a program that is (epsilon, delta)-DP for these neighbours gets a figure of at most epsilon, and
 * one that keeps its claim is not said to exceed it. Nothing is assumed of the program but that its outputs are independent of each other.
 * *Limits*: a lower bound for these two inputs. That it is small, or below the claim, proves nothing: another pair of neighbours, question or
 * number of draws may tell more. What happens with probability below about 15 / draws can't be seen. An epsilon above ln(draws / 15) can't be proven.
 *
 *     const flip = (truth: boolean) => truth
 *     const found = audit(flip, { here: true, there: false }, { draws: 10_000, claim: pure({ epsilon: 1 }) })
 *     found.exceedsClaim // => true
 *     found.epsilon // => 5.749...
 *     found.question // => output is true
 *
 * @module
 */

import { attackRates, epsilonFromAttack, gdpFromAttack } from '../accounting/audit-bounds.ts'
import { type Relation, relations } from '../accounting/relation.ts'
import { InvalidParameterError, SchemaError } from '../errors.ts'
import type { PrivacyEvent } from '../events/kinds.ts'
import { parse } from '../events/parse.ts'
import { array, integer, isPlainObject, number, oneOf, options, orElse } from '../guard.ts'
import { type Claim, claimOf, guaranteed } from './claims.ts'
import { Thrown } from './features.ts'
import { learn, type Question } from './questions.ts'

/** Two inputs that differ in one person; `here` and `there` are alike in all else. */
export type Neighbours<Data> = { readonly here: Data; readonly there: Data }

/** A program: data in, output out, with fresh noise each time. Or a mechanism, whose event and guarantee are then its claim. */
export type Audited<Data> =
  | ((data: Data) => unknown)
  | { readonly release: (data: Data) => unknown; readonly event?: unknown; readonly guarantee?: unknown }

export type AuditOutputsOptions = {
  /** The probability of a wrong proof: 1e-6 where it is left out. */
  readonly significance?: number | undefined
  /** The delta at which epsilon is bounded: that of the mechanism's guarantee, or 0. */
  readonly delta?: number | undefined
  /** Questions of one's own, by name; always asked. */
  readonly questions?: Readonly<Record<string, (output: never) => boolean>> | undefined
  /** What is claimed, as an event: `pure({ epsilon })`, `approximate({ epsilon, delta })`, `gdp({ mu })`, ... */
  readonly claim?: PrivacyEvent | undefined
  /** How the neighbours differ, for the accountant of the claim; the first of `'add-or-remove'` and `'replace-one'` that its event knows. */
  readonly relation?: Relation | undefined
}

export type AuditOptions = AuditOutputsOptions & {
  /** How often the program is run on each neighbour: 100 000 where it is left out. */
  readonly draws?: number | undefined
}

/** What an audit proved, all of it together at the confidence. */
export type Audit = {
  /** The program is not (epsilon', delta)-DP for any epsilon' below this. */
  readonly epsilon: number
  readonly delta: number
  /** Nor mu'-GDP for any mu' below this. */
  readonly mu: number
  readonly confidence: number
  /** The question that proved epsilon; nothing where nothing was proven. */
  readonly question: string | undefined
  /** Outputs of each side, and the questions that were asked. */
  readonly draws: number
  readonly asked: number
  /** The epsilon claimed at delta, where something is claimed. */
  readonly claimed?: number
  /** Whether the claim is refuted. `false` proves nothing. */
  readonly exceedsClaim?: boolean
}

const outputsFields = ['significance', 'delta', 'questions', 'claim', 'relation'] as const

/** Runs a program on two neighbours. */
export function audit<Data>(audited: Audited<Data>, neighbours: Neighbours<Data>, given: AuditOptions = {}): Audit {
  const { draws, ...rest } = options('options', given, [...outputsFields, 'draws'])
  const n = integer('draws', orElse(draws, 100_000), { atLeast: 100, atMost: 1e8 })
  const { event, guarantee, release } = programOf(audited)
  const settings = readSettings(rest, event, guarantee)
  const { here, there } = bothOf(neighbours)
  const run = (data: Data): unknown => {
    try {
      return release(data)
    } catch (error) {
      return new Thrown(error)
    }
  }
  const outputs: [unknown[], unknown[]] = [[], []]
  for (let i = 0; i < n; i++) {
    outputs[0].push(run(here as Data))
    outputs[1].push(run(there as Data))
  }
  if (outputs.every((side) => side.every((output) => output instanceof Thrown))) throw (outputs[0][0] as Thrown).error
  if (outputs[0][0] instanceof Promise) {
    throw new InvalidParameterError('release', 'synchronous; collect the outputs of others for auditOutputs()', 'a promise')
  }
  return auditBy(outputs[0], outputs[1], settings)
}

/** Looks at outputs that were collected elsewhere, by whatever program, each from fresh noise: those from one neighbour, and from the other. */
export function auditOutputs(outputs: Neighbours<readonly unknown[]>, given: AuditOutputsOptions = {}): Audit {
  const settings = readSettings(options('options', given, outputsFields), undefined, undefined)
  const { here, there } = bothOf(outputs)
  return auditBy(array('here', here, 100), array('there', there, 100), settings)
}

type Settings = {
  readonly significance: number
  readonly delta: number
  readonly own: readonly Question[]
  readonly claims: readonly Claim[]
}

function programOf(audited: unknown): { release: (data: unknown) => unknown; event?: unknown; guarantee?: unknown } {
  if (typeof audited === 'function') return { release: audited as (data: unknown) => unknown }
  if (typeof audited === 'object' && audited !== null && 'release' in audited && typeof audited.release === 'function') {
    return audited as ReturnType<typeof programOf>
  }
  throw new InvalidParameterError('audited', 'a function, or a mechanism with a release of its own', audited)
}

function bothOf(neighbours: unknown): { here: unknown; there: unknown } {
  const { here, there } = options('neighbours', neighbours, ['here', 'there'])
  for (const side of ['here', 'there']) {
    if (!(side in (neighbours as object))) throw new InvalidParameterError(`neighbours.${side}`, 'given', undefined)
  }
  return { here, there }
}

function readSettings(known: Record<string, unknown>, event: unknown, guarantee: unknown): Settings {
  const significance = number('significance', orElse(known['significance'], 1e-6), { above: 0, below: 1 })
  const relation = known['relation'] === undefined ? undefined : oneOf('relation', known['relation'], relations)
  const stated = guaranteed(guarantee)
  const usual = stated?.kind === 'approximate' ? stated.delta : 0
  const delta = number('delta', orElse(known['delta'], usual), { atLeast: 0, below: 1 })
  const asked = orElse(known['questions'], {})
  if (!isPlainObject(asked)) throw new InvalidParameterError('questions', 'functions by name', asked)
  const own = Object.entries(asked).map(([name, holds]): Question => {
    if (typeof holds !== 'function') throw new InvalidParameterError(`questions.${name}`, 'a function of the output', holds)
    return { name, holds: (output) => !(output instanceof Thrown) && Boolean((holds as (output: unknown) => unknown)(output)) }
  })
  const events: PrivacyEvent[] = []
  if (known['claim'] !== undefined) {
    events.push(readClaim(known['claim']))
  } else {
    if (isPlainObject(event)) events.push(parse(event))
    if (stated !== undefined) events.push(stated)
  }
  const claims = events.map((one) => claimOf(one, relation)).filter((claim) => claim !== undefined)
  return { significance, delta, own, claims }
}

function readClaim(claim: unknown): PrivacyEvent {
  try {
    return parse(claim)
  } catch (error) {
    const why = error instanceof SchemaError ? error.message.slice(0, 400) : ''
    throw new InvalidParameterError('claim', `an event of indistinct/events (${why})`, typeof claim)
  }
}

function auditBy(here: readonly unknown[], there: readonly unknown[], { significance, delta, own, claims }: Settings): Audit {
  const lessons = Math.min(here.length, there.length)
  const taught = Math.min(Math.floor(lessons / 2), 10_000 + Math.floor(lessons / 10))
  const learned = learn(here.slice(0, taught), there.slice(0, taught), { significance, delta, trials: lessons - taught })
  const questions = [...own, ...learned]
  const best = { epsilon: 0, mu: 0, question: undefined as string | undefined, exceeds: false }
  // Each question is asked of both sides: which of the two is "in" must not be learned from the answers.
  const each = significance / (2 * Math.max(1, questions.length))
  for (const { name, holds } of questions) {
    const count = (outputs: readonly unknown[]): readonly [number, number] => {
      let hits = 0
      for (let i = taught; i < outputs.length; i++) if (holds(outputs[i])) hits += 1
      return [hits, outputs.length - taught]
    }
    const sides = [count(here), count(there)] as const
    for (const [[truePositives, positives], [falsePositives, negatives]] of [sides, [sides[1], sides[0]] as const]) {
      const counts = { positives, truePositives, negatives, falsePositives, significance: each }
      const epsilon = epsilonFromAttack({ ...counts, delta, bothAnswers: true })
      if (epsilon > best.epsilon) {
        best.epsilon = epsilon
        best.question = name
      }
      best.mu = Math.max(best.mu, gdpFromAttack(counts))
      const { falsePositiveRate, falseNegativeRate } = attackRates(counts)
      if (falsePositiveRate + falseNegativeRate < 1) {
        best.exceeds ||= claims.some((claim) => claim.refutes(falsePositiveRate, falseNegativeRate))
      }
    }
  }
  return Object.freeze({
    epsilon: best.epsilon,
    delta,
    mu: best.mu,
    confidence: 1 - significance,
    question: best.question,
    draws: lessons,
    asked: questions.length,
    ...(claims.length === 0
      ? {}
      : { claimed: Math.min(...claims.map((claim) => claim.epsilonAt(delta))), exceedsClaim: best.exceeds }),
  })
}
