/**
 * The flags of the command line, once: parsing, help and suggestions all read this table.
 *
 * @module
 */

import { accountants } from '../accounting/bound.ts'
import { relations } from '../accounting/relation.ts'
import { samplings } from './samplings.ts'
import { statistics } from './statistics.ts'

/** One flag. Without a `value` it is a switch. */
export type Flag = {
  /** What the value is, as help shows it. */
  readonly value?: string
  readonly help: string
  /** Other spellings that are taken and not advertised, such as the name the library uses. */
  readonly also?: readonly string[]
  readonly short?: string
  /** The only values there are, where they can be listed. */
  readonly choices?: readonly string[]
  /** An example of a right value, for the message that says one is missing. */
  readonly such?: string
}

/** The name of a flag, without its dashes. */
export type FlagName =
  | 'examples'
  | 'batch'
  | 'epochs'
  | 'steps'
  | 'noise'
  | 'epsilon'
  | 'delta'
  | 'event'
  | 'sampling'
  | 'relation'
  | 'accountant'
  | 'tolerance'
  | 'false-positive-rate'
  | 'prior'
  | 'action'
  | 'file'
  | 'statistic'
  | 'within'
  | 'lower'
  | 'upper'
  | 'at'
  | 'records'
  | 'per-unit'
  | 'confidence'
  | 'json'
  | 'help'
  | 'version'

/** What there is to do with a ledger. */
export const ledgerActions: readonly ['show', 'verify', 'remaining'] = ['show', 'verify', 'remaining']

export const flags: Readonly<Record<FlagName, Flag>> = {
  examples: { value: 'N', help: 'records in the training set', such: '60000' },
  batch: { value: 'N', help: 'records in a batch', also: ['batch-size'], such: '256' },
  epochs: { value: 'N', help: 'passes over the training set (or say --steps)', also: ['epoch'], such: '60' },
  steps: { value: 'N', help: 'batches processed (or say --epochs)', also: ['step'], such: '14063' },
  noise: {
    value: 'X',
    help: 'noise multiplier: standard deviation of the noise / clip norm',
    also: ['noise-multiplier', 'sigma'],
    such: '1.1',
  },
  epsilon: { value: 'X', help: 'the privacy loss to hold the run to', such: '3' },
  delta: {
    value: 'X',
    help: 'the chance that the promise fails; choose it below 1 / examples',
    such: '1e-5',
  },
  event: { value: 'FILE', help: 'a release described in JSON, instead of a recipe; - reads it from stdin', such: 'event.json' },
  sampling: {
    value: 'HOW',
    help: `how batches are really drawn: ${either(samplings)}`,
    such: 'poisson',
    choices: samplings,
  },
  relation: {
    value: 'R',
    help: `what neighbouring data sets differ in, add-or-remove unless given (replace-one for fixed-size batches): ${either(relations)}`,
    such: 'add-or-remove',
    choices: relations,
  },
  accountant: {
    value: 'A',
    help: `the method, tight unless given: ${either(accountants)}`,
    such: 'tight',
    choices: accountants,
  },
  tolerance: { value: 'X', help: 'how far apart the certified bounds may be, relatively (1e-6 unless given)', such: '1e-6' },
  'false-positive-rate': {
    value: 'X',
    help: 'false alarms the attacker allows himself (0.001, 0.01 and 0.1 unless given)',
    also: ['fpr'],
    such: '0.01',
  },
  prior: { value: 'X', help: 'how likely the attacker held the record to be a member before (0.5 unless given)', such: '0.5' },
  action: {
    value: 'WHAT',
    help: `${either(ledgerActions)}; comes first and needs no --action`,
    such: 'show',
    choices: ledgerActions,
  },
  file: { value: 'FILE', help: 'a ledger; comes second and needs no --file', such: 'queries.ledger' },
  statistic: {
    value: 'WHAT',
    help: `${either(statistics)}; comes first and needs no --statistic`,
    such: 'mean',
    choices: statistics,
  },
  within: { value: 'X', help: 'the error to reach: the least epsilon for it is looked for', such: '10' },
  lower: { value: 'X', help: 'no value counts as less', such: '0' },
  upper: { value: 'X', help: 'no value counts as more', such: '120' },
  at: { value: 'X', help: 'the share of the data below the quantile', such: '0.5' },
  records: { value: 'N', help: 'about how many records there will be', such: '1000' },
  'per-unit': { value: 'N', help: 'how many records of one person may count (1 unless given)', such: '3' },
  confidence: { value: 'X', help: 'how sure the error is to be (0.95 unless given)', such: '0.99' },
  json: { help: 'print the answer as one JSON object, with every digit' },
  help: { help: 'print this help', short: 'h' },
  version: { help: 'print the version', short: 'V' },
}

function either(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
}

/** The texts given for each flag, in the order they came. */
export type Values = { readonly [F in FlagName]?: readonly string[] }

/** The name of the library's parameter that each flag sets, where the two differ. */
const parameters: Readonly<Record<string, FlagName>> = {
  batchSize: 'batch',
  noiseMultiplier: 'noise',
  falsePositiveRate: 'false-positive-rate',
  halfWidth: 'within',
  rankError: 'within',
  recordsPerUnit: 'per-unit',
  valuesPerUnit: 'per-unit',
}

/** The flag that sets a parameter of the library. */
export function flagOf(parameter: string): FlagName | undefined {
  // One of several values: epsilons[2].
  const name = parameter.replace(/s\[\d+\]$/, '')
  return parameters[name] ?? (Object.hasOwn(flags, name) ? (name as FlagName) : undefined)
}
