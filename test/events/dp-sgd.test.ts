import { describe, expect, it } from 'vitest'
import {
  dpSgd,
  fixedSizeSampled,
  gaussian,
  poissonSampled,
  randomAllocation,
  repeated,
  trainingSteps,
} from '../../src/events/index.ts'
import { thrown } from '../thrown.ts'

const noiseMultiplier = 1.1
const mnist = { examples: 60_000, batchSize: 256, noiseMultiplier } as const
const step = gaussian({ noiseMultiplier })

describe('dpSgd', () => {
  it('Poisson: the published MNIST recipe is 14 063 steps at q = 256 / 60 000', () => {
    // TF-Privacy's tutorial rounds 60 * 60 000 / 256 = 14 062.5 up.
    expect(dpSgd({ ...mnist, epochs: 60, sampling: 'poisson' })).toEqual(
      repeated({ times: 14_063, event: poissonSampled({ samplingRate: 256 / 60_000, event: step }) }),
    )
  })
  it('fixed size: a fresh subset of exactly one batch', () => {
    expect(dpSgd({ ...mnist, steps: 100, sampling: 'fixed-size' })).toEqual(
      repeated({ times: 100, event: fixedSizeSampled({ sampleSize: 256, populationSize: 60_000, event: step }) }),
    )
  })
  it('shuffled: one unamplified Gaussian an epoch, each started epoch counted', () => {
    expect(dpSgd({ ...mnist, epochs: 60, sampling: 'shuffled' })).toEqual(repeated({ times: 60, event: step }))
    expect(dpSgd({ ...mnist, epochs: 0.1, sampling: 'shuffled' }).times).toBe(1)
    // 234 whole batches of 256 fit into 60 000: the 235th step may begin the second pass.
    expect(dpSgd({ ...mnist, steps: 234, sampling: 'shuffled' }).times).toBe(1)
    expect(dpSgd({ ...mnist, steps: 235, sampling: 'shuffled' }).times).toBe(2)
  })
  it('random allocation: one of the batches of each epoch', () => {
    const epoch = randomAllocation({ steps: 234, event: step })
    expect(dpSgd({ ...mnist, epochs: 60, sampling: 'random-allocation' })).toEqual(repeated({ times: 60, event: epoch }))
    expect(dpSgd({ ...mnist, steps: 235, sampling: 'random-allocation' })).toEqual(repeated({ times: 2, event: epoch }))
  })
  it('full: every record in every step, whatever the unit of the duration', () => {
    expect(dpSgd({ examples: 100, steps: 7, noiseMultiplier, sampling: 'full' })).toEqual(repeated({ times: 7, event: step }))
    expect(dpSgd({ examples: 100, batchSize: 100, epochs: 7, noiseMultiplier, sampling: 'full' }).times).toBe(7)
  })
  it('rounds up, but not for rounding alone', () => {
    const steps = (epochs: number) => trainingSteps({ examples: 1000, batchSize: 100, epochs, sampling: 'poisson' })
    expect(steps(1.1)).toBe(11) // 1.1 * 1000 / 100 is 11.000000000000002 in doubles
    expect(steps(1.11)).toBe(12)
    expect(steps(0)).toBe(0)
    expect(trainingSteps({ examples: 1000, batchSize: 1000 / 3, epochs: 1, sampling: 'poisson' })).toBe(3)
  })

  const poisson = { ...mnist, sampling: 'poisson' } as const
  it.each([
    [
      'no sampling',
      { ...mnist, epochs: 1 },
      /"sampling" must be one of 'poisson', 'shuffled', 'fixed-size', 'random-allocation', 'full', got undefined/,
    ],
    ['no duration', poisson, /"epochs" must be given, or steps, and not both, got "neither"/],
    ['two durations', { ...poisson, epochs: 1, steps: 1 }, /"epochs" must be given, or steps, and not both, got "both"/],
    ['a batch past the data', { ...poisson, batchSize: 60_001, epochs: 1 }, /"batchSize" must be in \(0, 60000\], got 60001/],
    ['no batch', { ...poisson, batchSize: undefined, epochs: 1 }, /"batchSize" must be in \(0, 60000\], got undefined/],
    [
      'a fraction of a list',
      { ...mnist, batchSize: 2.5, epochs: 1, sampling: 'shuffled' },
      /"batchSize" must be an integer in \[1, 60000\], got 2.5/,
    ],
    [
      'not full',
      { ...mnist, epochs: 1, sampling: 'full' },
      /"batchSize" must be all 60000 examples where sampling is 'full', got 256/,
    ],
    [
      'no noise',
      { ...poisson, noiseMultiplier: undefined, epochs: 1 },
      /"noiseMultiplier" must be a finite number >= 0, got undefined/,
    ],
    ['half a step', { ...poisson, steps: 0.5 }, /"steps" must be an integer >= 0, got 0.5/],
    [
      'too many steps',
      { ...poisson, epochs: 1e300 },
      /"steps \(epochs \* examples \/ batchSize\)" must be an integer of at most 2\^53 - 1/,
    ],
    ['a typo', { ...poisson, epoch: 1 }, /"epoch" must be left out, it is not an option here \(did you mean "epochs"\?\), got 1/],
    ['nothing', undefined, /"options" must be an options object, got undefined/],
  ])('refuses %s', (_, recipe, message) => {
    expect(thrown(() => dpSgd(recipe as never)).message).toMatch(message)
    expect(thrown(() => dpSgd(recipe as never)).name).toBe('InvalidParameterError')
  })
})
