/**
 * What a question is about: a training recipe told by flags, or an event read from a document.
 *
 * A recipe whose `--sampling` nobody gave is two cases, Poisson and shuffled: the same run can differ many times over between
 * them, and which one is true is a fact about the user's data loader that no default can know.
 *
 * @module
 */

import type { Relation } from '../accounting/relation.ts'
import { dpSgd, type PrivacyEvent, type Sampling, walk } from '../events/index.ts'
import type { FlagName, Values } from './flags.ts'
import { isOrdinary } from './ordinary.ts'
import { readEvent } from './read-event.ts'
import { choiceOf, type Hints, mustHave, mustLack, numberOf, textOf } from './read-values.ts'
import { type Recipe, readRecipe, recipeFlags } from './recipe.ts'
import { usualSamplings, whichIsYours } from './samplings.ts'
import type { World } from './world.ts'

/** How batches are drawn, where that is known, and the relation to judge by. */
export type Circumstances = { readonly sampling: Sampling | undefined; readonly relation: Relation }

/** One event to be judged. */
export type Case = Circumstances & { readonly event: PrivacyEvent }

/** What a question is about, and whether its sampling was assumed. */
export type Subject = {
  readonly recipe: (Recipe & { readonly noiseMultiplier: number }) | undefined
  readonly cases: readonly [Case, ...Case[]]
  readonly assumed: boolean
}

/** The subject that the flags tell: `--event`, or a recipe with its noise. `also` are the flags the question needs besides. */
export async function readSubject(values: Values, world: World, also: readonly FlagName[], hints: Hints = {}): Promise<Subject> {
  if (values.event !== undefined) {
    mustLack(values, [...recipeFlags, 'noise'], '--event: the event already says all about the release')
    mustHave(values, also, hints)
    const event = await readEvent(textOf(values, 'event') as string, world)
    return { recipe: undefined, cases: [{ sampling: undefined, event, relation: relationFor(values, event) }], assumed: false }
  }
  const recipe = { ...readRecipe(values, ['noise', ...also], hints), noiseMultiplier: numberOf(values, 'noise') as number }
  const cases = readSamplings(values).map((sampling) => {
    const event = dpSgd({ ...recipe, sampling })
    return { sampling, event, relation: relationFor(values, event) }
  })
  return { recipe, cases: cases as [Case, ...Case[]], assumed: values.sampling === undefined }
}

/** The samplings asked about: the one that was given, or the usual ones. */
export function readSamplings(values: Values): readonly Sampling[] {
  const given = choiceOf<Sampling>(values, 'sampling')
  return given === undefined ? usualSamplings : [given]
}

/** The relation to judge by: unless one is given, replace-one where batches have a fixed size, as their amplification is known for no other. */
export function relationFor(values: Values, release: PrivacyEvent | Sampling): Relation {
  const given = choiceOf<Relation>(values, 'relation')
  if (given !== undefined) return given
  const fixedSize = typeof release === 'string' ? release === 'fixed-size' : holdsFixedSize(release)
  return fixedSize ? 'replace-one' : 'add-or-remove'
}

function holdsFixedSize(event: PrivacyEvent): boolean {
  let found = false
  walk(event, ({ kind }) => {
    found ||= kind === 'fixedSizeSampled'
  })
  return found
}

/** Computes something of a case, and says so where that takes long. */
export function computing<T>({ sampling, event }: Case, { during }: World, work: () => T): T {
  if (isOrdinary(event)) return work()
  return during(sampling === undefined ? 'computing' : `computing for ${sampling} batches`, work)
}

/** The answers for a program: that of the first case at the top, the others under `alternatives`. */
export function casesAsJson(
  { recipe, assumed }: { readonly recipe: Recipe | undefined; readonly assumed: boolean },
  answers: readonly Readonly<Record<string, unknown>>[],
  figure: string,
): Record<string, unknown> {
  const [first, ...alternatives] = answers
  if (recipe === undefined) return { ...first }
  const assumption = { samplingAssumed: assumed, ...(assumed ? { note: whichIsYours(figure) } : {}) }
  return { recipe, ...assumption, ...first, ...(alternatives.length === 0 ? {} : { alternatives }) }
}
