/**
 * `indistinct delta`: the chance that a promised epsilon fails.
 *
 * @module
 */

import { delta } from '../../accounting/delta.ts'
import { exact } from '../../accounting/figures.ts'
import { greatestAdvantage } from '../../accounting/statement.ts'
import type { Run } from '../command.ts'
import { neighbours, whatDeltaMeans, whatRightGuessesMean } from '../in-plain-words.ts'
import { judge, judgedAsJson, judgedAsText } from '../judge.ts'
import { list } from '../page.ts'
import { numberOf } from '../read-values.ts'
import { readSubject } from '../subject.ts'

export const run: Run = async (values, world) => {
  const subject = await readSubject(values, world, ['epsilon'])
  const epsilon = numberOf(values, 'epsilon') as number
  const judged = judge(subject, values, world, ({ event }, question) => {
    const bound = delta(event, { epsilon, ...question })
    return { bound, advantage: greatestAdvantage(event, bound, { epsilon, delta: bound.upper }) }
  })
  return {
    json: { epsilon, ...judgedAsJson(subject, judged, 'delta') },
    text: (page) =>
      [
        judgedAsText(subject, judged, page, { name: 'delta', at: `epsilon ${exact(epsilon)}` }),
        list(
          [
            ['delta', `${whatDeltaMeans(epsilon, subject.recipe?.examples)}.`],
            ['right guesses', `${whatRightGuessesMean}.`],
            ...(judged.length > 1 ? [['neighbours', `${neighbours[judged[0].relation]}.`] as const] : []),
          ],
          page,
        ),
      ].join('\n\n'),
  }
}
