import { composed, dpSgd, type GaussianEvent, gaussian, randomizedResponse, repeated } from 'indistinct/events'

const step: GaussianEvent = gaussian({ noiseMultiplier: 1 })
const recipe = { examples: 10, batchSize: 2, noiseMultiplier: 1 }
// From here on, each line is wrong in its own way.
gaussian({ noiseMultiplier: '1' })
gaussian({ noiseMultiplier: 1, stddev: 1 })
step.noiseMultiplier = 2
dpSgd({ ...recipe, epochs: 1 })
dpSgd({ ...recipe, epochs: 1, steps: 1, sampling: 'poisson' })
repeated({ times: 2, event: { kind: 'gausian', noiseMultiplier: 1 } })
composed([step, randomizedResponse({ epsilon: 1 })])
