/**
 * `indistinct epsilon`: how private is my training run?
 *
 * @module
 */

import { epsilon } from '../../accounting/epsilon.ts'
import { exact, roundedUp } from '../../accounting/figures.ts'
import { greatestAdvantage } from '../../accounting/statement.ts'
import { chart } from '../chart.ts'
import type { Run } from '../command.ts'
import { neighbours, whatEpsilonMeans, whatRightGuessesMean } from '../in-plain-words.ts'
import { judge, judgedAsJson, judgedAsText } from '../judge.ts'
import { list, type Page } from '../page.ts'
import { numberOf } from '../read-values.ts'
import { type Case, readSubject } from '../subject.ts'

export const run: Run = async (values, world) => {
  const subject = await readSubject(values, world, ['delta'])
  const delta = numberOf(values, 'delta') as number
  const started = performance.now()
  const judged = judge(subject, values, world, ({ event }, question) => {
    const bound = epsilon(event, { delta, ...question })
    return { bound, advantage: greatestAdvantage(event, bound, { epsilon: bound.upper, delta }) }
  })
  // A chart asks some more of these questions: nobody should wait for a picture.
  const quick = performance.now() - started < 250 * judged.length
  return {
    json: { delta, ...judgedAsJson(subject, judged, 'epsilon') },
    text: (page) => {
      const only = judged.length === 1 ? judged[0].bound.upper : undefined
      return [
        judgedAsText(subject, judged, page, { name: 'epsilon', at: `delta ${exact(delta)}` }),
        ...(page.terminal && quick && !subject.assumed ? course(judged[0], delta, page) : []),
        list(
          [
            ['epsilon', `${whatEpsilonMeans(delta, only)}.`],
            ['right guesses', `${whatRightGuessesMean}.`],
            ...(only === undefined ? [['neighbours', `${neighbours[judged[0].relation]}.`] as const] : []),
          ],
          page,
        ),
      ].join('\n\n')
    },
  }
}

const bars = 8

/** Epsilon as the run goes on, where the event is a run of many steps. */
function course({ event, relation, sampling }: Case, delta: number, page: Page): string[] {
  if (event.kind !== 'repeated' || event.times < bars) return []
  const unit = sampling === 'shuffled' || sampling === 'random-allocation' ? 'epoch' : 'step'
  const points = Array.from({ length: bars }, (_, i) => {
    const times = Math.round((event.times * (i + 1)) / bars)
    const { upper } = epsilon({ ...event, times }, { delta, relation, tolerance: 1e-3 })
    return { name: `${unit} ${times}`, value: upper, text: roundedUp(upper) }
  })
  if (!points.every(({ value }) => Number.isFinite(value))) return []
  return [`${page.dim(`epsilon as the run goes on${sampling === undefined ? '' : ` (${sampling})`}`)}\n${chart(points, page)}`]
}
