import { expect, it } from 'vitest'
import { isOrdinary } from '../../src/cli/ordinary.ts'
import { composed, dpSgd, gaussian, type Sampling } from '../../src/events/index.ts'

const run = (sampling: Sampling, noiseMultiplier = 1.1, batchSize = 256, epochs = 60) =>
  dpSgd({ examples: 60_000, batchSize, epochs, noiseMultiplier, sampling })

it.each([
  ['shuffled', run('shuffled'), true],
  ['shuffled, with little noise', run('shuffled', 0.1), true],
  ['poisson', run('poisson'), true],
  ['poisson, with little noise', run('poisson', 0.6), false],
  ['poisson, in large batches', run('poisson', 1.1, 6_001), false],
  ['poisson, in small batches', run('poisson', 1.1, 59), false],
  ['poisson, few steps', run('poisson', 1.1, 256, 4), false],
  ['poisson, few visits to a record', run('poisson', 1.1, 60, 9), false],
  ['of a fixed size', run('fixed-size'), false],
  ['dealt', run('random-allocation'), false],
  ['one release', gaussian({ noiseMultiplier: 1 }), false],
  ['several releases', composed([run('poisson'), run('poisson')]), false],
])('a run, %s', (_, event, expected) => expect(isOrdinary(event)).toBe(expected))
