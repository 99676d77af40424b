/**
 * What is asked of the accountants in accounting-goals, accounting-many and accounting-edges, by name; a truth where a reference has one.
 *
 * Truths: test/vectors/accounting-contour.json (70 digits) and accounting-truths.json (60 digits).
 */
import { readFileSync } from 'node:fs'
import { type AccountingOptions, defaultOrders, delta, epsilon, noiseMultiplierFor } from '../src/accounting/index.ts'
import {
  discreteLaplace,
  gaussian,
  type PrivacyEvent,
  poissonSampled,
  randomizedResponse,
  repeated,
} from '../src/events/index.ts'
import { sgd, threeGaussians, various } from './accounting-events.ts'

export type Figure = { readonly upper: number; readonly lower?: number; readonly engine?: string | undefined }
export type Case = { readonly what: string; readonly ask: () => Figure; readonly truth?: number }

const small = JSON.parse(readFileSync(new URL('accounting-truths.json', import.meta.url), 'utf8')) as {
  readonly epsilon: Readonly<Record<string, string>>
}

const at = (what: string, event: PrivacyEvent, delta: number, truth?: number, options: AccountingOptions = {}): Case => ({
  what,
  ask: () => epsilon(event, { delta, ...options }),
  ...(truth === undefined ? {} : { truth }),
})
const tiny = (what: string, event: PrivacyEvent, options: AccountingOptions = {}): Case =>
  at(`delta 1e-30: ${what}`, event, 1e-30, Number(small.epsilon[what]), options)

const recipe = sgd(0.01, 1, 1e4)
const sampled = poissonSampled({ samplingRate: 0.01, event: gaussian({ noiseMultiplier: 1 }) })

/** The goals, one by one. */
export const goals: readonly Case[] = [
  at('epsilon, 1e4 steps', recipe, 1e-5, 6.187712389971539),
  at('epsilon, 1e6 steps', sgd(0.01, 1, 1e6), 1e-5, 139.03027257055777),
  at('epsilon, 1e9 steps', sgd(0.01, 1, 1e9), 1e-5, 85578.29426008204),
  at('delta 1e-30: epsilon, 1e4 steps', recipe, 1e-30, 17.635061052886023),
  {
    what: 'delta 1e-30: delta, 1e4 steps',
    ask: () => delta(recipe, { epsilon: 17.635061052886023 }),
    truth: 1e-30,
  },
  tiny('Gaussian 1', gaussian({ noiseMultiplier: 1 })),
  tiny('sampled Gaussian 0.01, 1, once', sampled),
  tiny(
    'randomised response 0.1, 1000 times',
    repeated({ times: 1000, event: randomizedResponse({ epsilon: 0.1, categories: 2 }) }),
    { relation: 'replace-one' },
  ),
  tiny(
    'discrete Laplace scale 5, distance 5, 200 times',
    repeated({ times: 200, event: discreteLaplace({ scale: 5, sensitivity: 5 }) }),
  ),
  {
    what: 'noise for epsilon 2, 1e4 steps',
    ask: () => {
      const { noiseMultiplier } = noiseMultiplierFor({
        epsilon: 2,
        delta: 1e-5,
        examples: 10_000,
        batchSize: 100,
        steps: 10_000,
        sampling: 'poisson',
      })
      return { upper: noiseMultiplier }
    },
  },
  at('20 different, 50 steps each', various(20, 50), 1e-5),
  at('mixture of three Gaussians, 100 times', threeGaussians, 1e-5),
  at('RDP epsilon, classic orders', recipe, 1e-5, undefined, { accountant: 'rdp', orders: defaultOrders }),
  at('RDP epsilon, classic orders and conversion', recipe, 1e-5, undefined, {
    accountant: 'rdp',
    orders: defaultOrders,
    conversion: 'canonne-kamath-steinke',
  }),
  at('RDP epsilon, all orders', recipe, 1e-5, undefined, { accountant: 'rdp' }),
]

/** Different events in one composition. In a table by themselves: the memory they take makes V8 forget what it compiled for others. */
export const many: readonly Case[] = [
  at('100 different, once each', various(100, 1), 1e-5),
  at('1000 different, once each', various(1000, 1), 1e-5),
  at('2000 different, once each', various(2000, 1), 1e-5),
  at('100 different, 50 steps each', various(100, 50), 1e-5),
  at('1000 different, 50 steps each', various(1000, 50), 1e-5),
  at('2000 different, 50 steps each', various(2000, 50), 1e-5),
]

const edge = (rate: number, noise: number, steps: number): Case =>
  at(`q ${rate}, sigma ${noise}, ${steps} steps`, sgd(rate, noise, steps), 1e-5, undefined, { tolerance: 1e-4 })

/** Few steps, tiny rates, little and much noise: one at a time from q = 0.01, sigma = 1, 1e4 steps, and together. Tolerance 1e-4. */
export const edges: readonly Case[] = [
  ...[1, 2, 3, 10, 30, 100].map((steps) => edge(0.01, 1, steps)),
  ...[1e-6, 1e-5, 1e-4].map((rate) => edge(rate, 1, 1e4)),
  ...[0.3, 100].map((noise) => edge(0.01, noise, 1e4)),
  ...[1, 2, 10, 100].map((steps) => edge(0.01, 0.3, steps)),
  ...[1, 10, 100].map((steps) => edge(0.01, 100, steps)),
  ...[1, 10, 100].map((steps) => edge(1e-6, 1, steps)),
  ...[10, 100, 1e4].map((steps) => edge(1e-6, 0.3, steps)),
  edge(1e-6, 1, 1e6),
  edge(1e-6, 100, 1e4),
  edge(1e-4, 0.3, 1e4),
  edge(0.5, 0.3, 10),
]

export const sets: { readonly [set in 'goals' | 'many' | 'edges']: readonly Case[] } = { goals, many, edges }
