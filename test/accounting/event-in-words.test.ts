import { describe, expect, it } from 'vitest'
import { assumptions, inWords } from '../../src/accounting/event-in-words.ts'
import { composed, dpSgd, gaussian, type PrivacyEvent, poissonSampled, repeated } from '../../src/events/index.ts'
import { examples } from '../properties/arbitrary-event.ts'

describe('an event in words', () => {
  it.each(Object.entries(examples))('%s reads as a phrase', (kind, event) => {
    const words = inWords(event)
    expect(words).not.toMatch(/undefined|NaN|\[object|Infinity/)
    // Every number of the event is in the phrase, if perhaps shortened.
    for (const [name, value] of Object.entries(event)) {
      const untold = ['separation', 'populationSize', 'probabilities', 'sensitivities', 'times']
      if (typeof value === 'number' && !untold.includes(name) && !(kind === 'tree' && value === 1))
        expect(words).toContain(String(value))
    }
  })
  it('tells kinds apart', () => {
    expect(new Set(Object.values(examples).map((event) => inWords(event))).size).toBe(Object.keys(examples).length)
  })
  it('of a training run', () => {
    const recipe = { examples: 60_000, batchSize: 256, epochs: 60, noiseMultiplier: 1.1 }
    expect(inWords(dpSgd({ ...recipe, sampling: 'poisson' }))).toBe(
      "14,063 releases, each a sum with Gaussian noise of standard deviation 1.1 times the bound on one record's contribution, " +
        'over a batch that each record joins by its own coin of probability about 0.004267',
    )
  })
  it('stays short', () => {
    const many = composed(Array.from({ length: 1000 }, (_, i) => gaussian({ noiseMultiplier: i + 1 })))
    expect(inWords(many)).toMatch(/^1,000 parts: \(1\) .*; and 997 more$/)
    let deep: PrivacyEvent = gaussian({ noiseMultiplier: 1 })
    for (let i = 0; i < 30; i++) deep = composed([deep, deep, deep, deep])
    expect(inWords(deep).length).toBeLessThan(2000)
    let repeatedOften: PrivacyEvent = gaussian({ noiseMultiplier: 1 })
    for (let i = 0; i < 90; i++) repeatedOften = repeated({ times: 2, event: repeatedOften })
    expect(inWords(repeatedOften).length).toBeLessThan(500)
  })
})

describe('the assumptions of an event', () => {
  const step = gaussian({ noiseMultiplier: 1 })
  it('are none for noise alone', () => expect(assumptions(repeated({ times: 3, event: step }))).toEqual([]))
  it('are said once', () => {
    const sampled = poissonSampled({ samplingRate: 0.1, event: step })
    expect(assumptions(composed([sampled, sampled, repeated({ times: 2, event: sampled })]))).toHaveLength(1)
  })
  it.each([
    ['poissonSampled', 'independent coin flips'],
    ['truncatedPoissonSampled', 'cut uniformly'],
    ['fixedSizeSampled', 'drawn afresh and uniformly'],
    ['randomAllocation', 'dealt to a batch at random'],
    ['zcdp', 'guarantees quoted'],
  ] as const)('of %s', (kind, words) => expect(assumptions(examples[kind]).join()).toContain(words))
})
