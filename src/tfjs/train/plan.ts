/**
 * How many steps a run has, what noise each has, and what any stretch of them releases.
 *
 * | mechanism | a step | an epoch |
 * | --- | --- | --- |
 * | dp-sgd | poissonSampled(batch size / examples, gaussian(z)) | its steps |
 * | tree | | tree(z, steps), each example being in one of them; a run that ends within an epoch ends with a smaller tree |
 *
 * *Promise*: the event of a run of one noise multiplier is that of `dpSgd`, and so is what accounting makes of it; the event of a run is the same
 * whether it was interrupted or not.
 *
 * @module
 */

import { calibrate } from '../../accounting/calibrate.ts'
import { epsilon as epsilonOf } from '../../accounting/epsilon.ts'
import { InvalidParameterError } from '../../errors.ts'
import { composed, gaussian, poissonSampled, repeated, tree } from '../../events/builders.ts'
import { trainingSteps } from '../../events/dp-sgd.ts'
import type { PrivacyEvent } from '../../events/kinds.ts'
import { number } from '../../guard.ts'
import type { Schedule, Steps } from '../dp-optimizer.ts'
import type { Settings } from './options.ts'

export type Plan = {
  readonly steps: number
  readonly perEpoch: number
  /** Of the steps to come. */
  readonly noiseMultiplier: Schedule
  /** What the steps from one to before another release, those before this run included. */
  readonly event: (from: number, to: number) => PrivacyEvent
  /** The noise multipliers of the steps before one. */
  readonly runs: (to: number) => readonly Steps[]
}

/** The plan of a run over so many examples. */
export function planOf(settings: Settings, examples: number): Plan {
  const { mechanism, batchSize, duration, resume } = settings
  const byTree = mechanism === 'tree'
  number('batchSize', batchSize, { above: 0, atMost: examples })
  const perEpoch = byTree ? Math.ceil(examples / batchSize) : Math.ceil(examples / batchSize - 1e-9)
  const recipe = byTree ? { examples: perEpoch, batchSize: 1 } : { examples, batchSize }
  const steps = trainingSteps({ ...stated(duration), ...recipe, sampling: 'poisson' } as Parameters<typeof trainingSteps>[0])
  const past = resume?.past ?? []
  const eventOf = byTree ? ofTrees(perEpoch) : ofSteps(batchSize / examples)
  demandSameRun(settings, examples, perEpoch)

  const withNoise = (noise: Schedule): Pick<Plan, 'event' | 'runs'> => {
    const runs = (from: number, to: number): readonly Steps[] => runsOf(past, noise, from, to)
    return { event: (from, to) => together(runs(from, to).map(eventOf), eventOf), runs: (to) => runs(0, to) }
  }
  const spent = together(past.map(eventOf), eventOf)
  const noiseMultiplier = settings.noiseMultiplier ?? calibrated(settings, steps, spent, (z) => withNoise(z).event(0, steps))
  return { steps, perEpoch, noiseMultiplier, ...withNoise(noiseMultiplier) }
}

const stated = ({ epochs, steps }: Settings['duration']): object => ({
  ...(epochs === undefined ? {} : { epochs }),
  ...(steps === undefined ? {} : { steps }),
})

/** The least noise that keeps the promise, past steps included; as it was planned where the plan has not changed. */
function calibrated(
  settings: Settings,
  steps: number,
  past: PrivacyEvent,
  family: (noiseMultiplier: number) => PrivacyEvent,
): number {
  const { targetEpsilon, delta, relation, resume } = settings
  // Where nothing is left to do there is nothing to choose.
  if (resume !== undefined && steps <= resume.step) return resume.past.at(-1)?.noiseMultiplier ?? 0
  const planned = resume?.plan
  const same = planned?.targetEpsilon === targetEpsilon && planned?.delta === delta && planned?.steps === steps
  if (planned !== undefined && same && planned.relation === relation) return planned.noiseMultiplier as number
  if (resume !== undefined) {
    const { upper } = epsilonOf(past, { delta, relation })
    if (!(upper < (targetEpsilon as number))) {
      throw new InvalidParameterError('targetEpsilon', `> ${upper}, what was spent before`, targetEpsilon)
    }
  }
  return calibrate(family, { epsilon: targetEpsilon as number, delta, relation }).parameter
}

/** A run goes on over the data, and by the mechanism, that it began with. */
function demandSameRun({ resume, mechanism, batchSize }: Settings, examples: number, perEpoch: number): void {
  if (resume === undefined) return
  const now = { mechanism, batchSize, examples }
  for (const name of ['mechanism', 'batchSize', 'examples'] as const) {
    if (resume[name] === now[name]) continue
    throw new InvalidParameterError(name, `${resume[name]}, as it was when the checkpoint was made`, now[name])
  }
  if (mechanism === 'tree' && resume.step % perEpoch !== 0) {
    throw new InvalidParameterError('resume', `at the end of an epoch by a tree, a multiple of ${perEpoch} steps`, resume.step)
  }
}

/** Steps in a row with the same noise, from one step to before another. */
function runsOf(past: readonly Steps[], noise: Schedule, from: number, to: number): readonly Steps[] {
  const runs: Steps[] = []
  const add = (noiseMultiplier: number, times: number): void => {
    const latest = runs.at(-1)
    if (times <= 0) return
    if (latest?.noiseMultiplier === noiseMultiplier) runs[runs.length - 1] = { noiseMultiplier, times: latest.times + times }
    else runs.push({ noiseMultiplier, times })
  }
  let at = 0
  for (const { noiseMultiplier, times } of past) {
    add(noiseMultiplier, Math.min(to, at + times) - Math.max(from, at))
    at += times
  }
  const start = Math.max(from, at)
  if (typeof noise === 'number') add(noise, to - start)
  else for (let step = start; step < to; step++) add(number('noiseMultiplier', noise(step), { atLeast: 0 }), 1)
  return runs
}

type EventOf = (run: Steps) => PrivacyEvent

const together = (events: readonly PrivacyEvent[], eventOf: EventOf): PrivacyEvent =>
  events.length === 1
    ? (events[0] as PrivacyEvent)
    : events.length > 1
      ? composed(events)
      : eventOf({ noiseMultiplier: 1, times: 0 })

const ofSteps =
  (samplingRate: number): EventOf =>
  ({ noiseMultiplier, times }) =>
    repeated({ times, event: poissonSampled({ samplingRate, event: gaussian({ noiseMultiplier }) }) })

const ofTrees =
  (perEpoch: number): EventOf =>
  ({ noiseMultiplier, times }) => {
    const [whole, rest] = [Math.floor(times / perEpoch), times % perEpoch]
    const trees = repeated({ times: whole, event: tree({ noiseMultiplier, steps: perEpoch }) })
    if (rest === 0) return trees
    const last = tree({ noiseMultiplier, steps: rest })
    return whole === 0 ? last : composed([trees, last])
  }
