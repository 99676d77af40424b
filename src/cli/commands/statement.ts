/**
 * `indistinct statement`: a paragraph for a paper or a reviewer.
 *
 * @module
 */

import type { Accountant } from '../../accounting/bound.ts'
import { statement } from '../../accounting/statement.ts'
import type { Run } from '../command.ts'
import { paragraph } from '../page.ts'
import { choiceOf, numberOf } from '../read-values.ts'
import { samplings } from '../samplings.ts'
import { computing, readSubject } from '../subject.ts'

// A statement is a claim to others: nothing in it may be assumed.
const hints = { sampling: `a claim must say how the batches were drawn: ${samplings.join(', ')}` }

export const run: Run = async (values, world) => {
  const needed = values.event === undefined ? (['delta', 'sampling'] as const) : (['delta'] as const)
  const { recipe, cases } = await readSubject(values, world, needed, hints)
  const delta = numberOf(values, 'delta') as number
  const [one] = cases
  const { sampling, event, relation } = one
  const accountant = choiceOf<Accountant>(values, 'accountant')
  const options = { delta, relation, ...(accountant === undefined ? {} : { accountant }) }
  const text = computing(one, world, () => statement(event, options))
  return {
    json: { delta, ...(recipe === undefined ? {} : { recipe, sampling, event }), relation, statement: text },
    text: (page) => paragraph(text, page),
  }
}
