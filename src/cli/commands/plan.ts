/**
 * `indistinct plan`: how far off will my statistic be, and what does a smaller error cost?
 *
 * @module
 */

import { exact, roundedUp } from '../../accounting/figures.ts'
import { count } from '../../statistics/count.ts'
import { distinctCount } from '../../statistics/distinct-count.ts'
import { histogram } from '../../statistics/histogram.ts'
import { mean } from '../../statistics/mean.ts'
import { type Plan, type Plannable, plan } from '../../statistics/plan.ts'
import { quantile } from '../../statistics/quantile.ts'
import { sum } from '../../statistics/sum.ts'
import { variance } from '../../statistics/variance.ts'
import type { Run } from '../command.ts'
import type { FlagName, Values } from '../flags.ts'
import { whatEpsilonMeans } from '../in-plain-words.ts'
import { type Entry, list, type Page, table } from '../page.ts'
import { choiceOf, mustHave, mustLack, numberOf, numbersOf } from '../read-values.ts'
import type { statistics } from '../statistics.ts'

type Statistic = (typeof statistics)[number]
type Options = Readonly<Record<string, number | undefined>>
type Asked = { readonly confidence?: number; readonly records?: number }
/** The half width of an interval, or how many ranks a quantile is off. */
type Figures = { readonly halfWidth?: number; readonly rankError?: number; readonly confidence: number }

/** How each statistic is made, and which flags it wants besides its privacy. */
const ways: Readonly<
  Record<Statistic, { readonly make: (options: never) => Plannable<never, object>; readonly wants: readonly FlagName[] }>
> = {
  count: { make: count, wants: [] },
  'distinct-count': { make: distinctCount, wants: [] },
  histogram: { make: (options: object) => histogram({ ...options, categories: [''] } as never), wants: [] },
  sum: { make: sum, wants: ['lower', 'upper'] },
  mean: { make: mean, wants: ['lower', 'upper', 'records'] },
  variance: { make: variance, wants: ['lower', 'upper', 'records'] },
  quantile: { make: quantile, wants: ['at', 'lower', 'upper'] },
}

const own: readonly FlagName[] = ['at', 'lower', 'upper', 'records']
const hints = {
  lower: '--lower and --upper are bounds that you know without looking at the data',
  within: '--within asks for the least epsilon that reaches an error, --epsilon for the error that a privacy comes with',
}

export const run: Run = async (values, { during }) => {
  mustHave(values, ['statistic'])
  const statistic = choiceOf<Statistic>(values, 'statistic') as Statistic
  const { make, wants } = ways[statistic]
  mustHave(values, [...wants, ['within', 'epsilon']], hints)
  mustLack(
    values,
    own.filter((flag) => !wants.includes(flag)),
    `a ${statistic}`,
  )
  if (values.within !== undefined) mustLack(values, ['epsilon'], '--within')
  const options = readOptions(values, statistic)
  const asked = readAsked(values, statistic)
  const family = (epsilon: number): Plannable<Asked, Figures> => make({ ...options, epsilon } as never) as never
  const target = numberOf(values, 'within')
  const goal = statistic === 'quantile' ? { rankError: target } : { halfWidth: target }
  const plans = during('planning', () =>
    target === undefined
      ? plan(family, { ...asked, epsilons: numbersOf(values, 'epsilon') as readonly number[] })
      : [plan(family, { ...asked, ...goal })],
  ) as readonly Plan<Plannable<Asked, Figures>, Figures>[]
  return {
    json: {
      statistic,
      ...options,
      ...asked,
      ...(target === undefined ? {} : { within: target }),
      plans: plans.map(({ epsilon, error }) => ({ epsilon, error })),
    },
    text: (page) => asText({ statistic, plans, target, options, asked }, page),
  }
}

function readOptions(values: Values, statistic: Statistic): Options {
  const perUnit = numberOf(values, 'per-unit')
  const named: Options = {
    at: numberOf(values, 'at'),
    lower: numberOf(values, 'lower'),
    upper: numberOf(values, 'upper'),
    delta: numberOf(values, 'delta'),
    ...(perUnit === undefined ? {} : { [statistic === 'distinct-count' ? 'valuesPerUnit' : 'recordsPerUnit']: perUnit }),
  }
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined))
}

function readAsked(values: Values, statistic: Statistic): Asked {
  const confidence = numberOf(values, 'confidence') ?? 0.95
  const records = ways[statistic].wants.includes('records') ? numberOf(values, 'records') : undefined
  return { confidence, ...(records === undefined ? {} : { records }) }
}

type Planned = {
  readonly statistic: Statistic
  readonly plans: readonly { readonly epsilon: number; readonly error: Figures }[]
  readonly target: number | undefined
  readonly options: Options
  readonly asked: Asked
}

const errorOf = ({ halfWidth, rankError }: Figures): string => roundedUp((halfWidth ?? rankError) as number)

function asText({ statistic, plans, target, options, asked }: Planned, page: Page): string {
  const [first] = plans as [Planned['plans'][0]]
  const called = statistic.replace('-', ' ')
  const ranks = statistic === 'quantile' ? ' ranks' : ''
  const perUnit = options['recordsPerUnit'] ?? options['valuesPerUnit'] ?? 1
  const sure = `${exact((asked.confidence ?? 0.95) * 100)}%`
  const explained: readonly Entry[] = [
    ...(options['lower'] === undefined
      ? []
      : [['bounds', `${options['lower']} to ${options['upper']}; records outside count as the nearer of them`] as const]),
    ...(asked.records === undefined ? [] : [['records', `${asked.records}`] as const]),
    ...(perUnit === 1
      ? []
      : [['one person', `up to ${perUnit} records of each count, and epsilon is for all of them together`] as const]),
    ['error', `with ${sure} probability the noise moves the ${called} by no more than this, whatever the data are`],
    ['epsilon', `${whatEpsilonMeans(options['delta'] ?? 0, plans.length === 1 ? first.epsilon : undefined)}.`],
  ]
  const head =
    plans.length === 1
      ? page.bold(
          target === undefined
            ? `at epsilon ${exact(first.epsilon)} the ${called} is at most ${errorOf(first.error)}${ranks} off (${sure})`
            : `epsilon ${roundedUp(first.epsilon)} brings the ${called} within ${exact(target)}${ranks} (${sure})`,
        )
      : table(
          [
            { title: 'epsilon', cells: plans.map(({ epsilon }) => exact(epsilon)), align: 'right' },
            { title: `at most${ranks} off (${sure})`, cells: plans.map(({ error }) => errorOf(error)), align: 'right' },
          ],
          page,
        )
  return [head, list(explained, page)].join('\n\n')
}
