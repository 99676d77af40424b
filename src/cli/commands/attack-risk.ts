/**
 * `indistinct attack-risk`: what does an attacker gain?
 *
 * @module
 */

import { type AttackRisk, attackRisk } from '../../accounting/attack-risk.ts'
import { exact, percentUp } from '../../accounting/figures.ts'
import type { PrivacyEvent, Sampling } from '../../events/index.ts'
import type { Run } from '../command.ts'
import { neighbours, rightGuesses, whatAttackersFace } from '../in-plain-words.ts'
import { type Question, question } from '../judge.ts'
import { type Entry, list, type Page, paragraph, table } from '../page.ts'
import { numberOf } from '../read-values.ts'
import { recipeInWords } from '../recipe.ts'
import { loader, whatHappens, whichIsYours } from '../samplings.ts'
import { type Case, casesAsJson, computing, readSubject, type Subject } from '../subject.ts'

/** What an attacker gains who allows himself so many false alarms. */
type Risk = Pick<AttackRisk, 'falsePositiveRate' | 'truePositiveRate' | 'posterior'>
type Risks = Case & { readonly advantage: number; readonly risks: readonly Risk[] }

const usualRates = [0.001, 0.01, 0.1]
const evenOdds = 0.5

export const run: Run = async (values, world) => {
  const subject = await readSubject(values, world, [])
  const given = numberOf(values, 'false-positive-rate')
  const rates = given === undefined ? usualRates : [given]
  const prior = numberOf(values, 'prior') ?? evenOdds
  const found = subject.cases.map((one): Risks => {
    const options = { ...question(values, one), prior }
    return { ...one, ...computing(one, world, () => risksOf(one.event, rates, options)) }
  }) as [Risks, ...Risks[]]
  const answers = found.map(({ sampling, event, ...rest }) => (sampling === undefined ? rest : { sampling, event, ...rest }))
  return {
    json: { prior, ...casesAsJson(subject, answers, 'risk') },
    text: (page) => asText(subject, found, prior, page),
  }
}

function risksOf(
  event: PrivacyEvent,
  rates: readonly number[],
  options: Question & { readonly prior: number },
): Pick<Risks, 'advantage' | 'risks'> {
  const answers = rates.map((falsePositiveRate) => attackRisk(event, { ...options, falsePositiveRate }))
  return {
    advantage: Math.max(...answers.map(({ advantage }) => advantage)),
    risks: answers.map(({ falsePositiveRate, truePositiveRate, posterior }) => ({
      falsePositiveRate,
      truePositiveRate,
      posterior,
    })),
  }
}

function asText({ recipe, assumed }: Subject, found: readonly [Risks, ...Risks[]], prior: number, page: Page): string {
  const before = percentUp(prior)
  const lines = [
    ['right guesses', '50%', ({ advantage }: Risks) => rightGuesses(advantage)],
    ...found[0].risks.flatMap(({ falsePositiveRate }, i) => {
      const alarms = percentUp(falsePositiveRate)
      return [
        [`members found at ${alarms} false alarms`, alarms, ({ risks }: Risks) => percentUp((risks[i] as Risk).truePositiveRate)],
        [`suspicion after an alarm at ${alarms}`, before, ({ risks }: Risks) => percentUp((risks[i] as Risk).posterior)],
      ] as const
    }),
  ] as const
  const title = page.bold('what an attacker can gain at most')
  return [
    recipe === undefined ? title : `${title}\n${paragraph(`from ${recipeInWords(recipe)}`, page)}`,
    table(
      [
        { title: '', cells: lines.map(([what]) => what) },
        { title: 'blind guess', cells: lines.map(([, blind]) => blind), align: 'right' },
        ...found.map((one) => ({
          title: one.sampling ?? 'with the release',
          cells: lines.map(([, , gain]) => gain(one)),
          align: 'right' as const,
        })),
      ],
      page,
    ),
    ...(recipe === undefined
      ? []
      : [
          list(
            found.map((one) => drawn(one.sampling as Sampling, assumed)),
            page,
          ),
        ]),
    ...(assumed ? [paragraph(whichIsYours('risk'), page)] : []),
    list(
      [
        ['attacker', `${whatAttackersFace}.`],
        [
          'suspicion',
          `how sure an attacker may be of a record that raised the alarm, having held it ${before} likely before (--prior ${exact(prior)}).`,
        ],
        ['neighbours', `${neighbours[found[0].relation]}.`],
      ],
      page,
    ),
  ].join('\n\n')
}

const drawn = (sampling: Sampling, assumed: boolean): Entry => [sampling, assumed ? loader(sampling) : whatHappens[sampling]]
