import { epsilon, noiseMultiplierFor, privacyFilter, tradeOff } from 'indistinct/accounting'
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
epsilon(step, { epsilon: 1 })
epsilon(step, { delta: 1e-5, accountant: 'moments' })
epsilon(step, { delta: 1e-5 }).upper = 0
noiseMultiplierFor({ examples: 10, batchSize: 2, epochs: 1, epsilon: 1, delta: 1e-5 })
privacyFilter({ kind: 'zcdp', limit: { mu: 1 } })
privacyFilter({ kind: 'profile', limit: { epsilon: 1, delta: 0 } })
tradeOff(step, { accountant: 'tight' }).toFixed()
composed([step, randomizedResponse({ epsilon: 1 })])
