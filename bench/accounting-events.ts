/** The questions of the accounting benches, here and beside the peers: DP-SGD by rate, noise and steps, and others by name. */
import { composed, gaussian, mixtureOfGaussians, type PrivacyEvent, poissonSampled, repeated } from '../src/events/index.ts'

export function sgd(rate: number, noise: number, steps: number): PrivacyEvent {
  return repeated({ times: steps, event: poissonSampled({ samplingRate: rate, event: gaussian({ noiseMultiplier: noise }) }) })
}

/** `count` different runs of `steps` steps: rates from 0.005 up to 0.025, noise from 0.8 to 1.4 in another order. */
export function various(count: number, steps: number): PrivacyEvent {
  return composed(
    Array.from({ length: count }, (_, i) => sgd(0.005 + (0.02 * i) / count, 0.8 + (0.6 * ((7 * i) % count)) / count, steps)),
  )
}

/** Three Gaussians, of which a record adds to one. */
export const threeGaussians: PrivacyEvent = repeated({
  times: 100,
  event: mixtureOfGaussians({ stddev: 2, sensitivities: [0, 1, 2], probabilities: [0.9, 0.07, 0.03] }),
})
