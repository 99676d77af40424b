/**
 * Whether an answer takes no longer than a blink, so that nobody needs to be told what is waited for.
 *
 * Watching the clock takes a second thread, and that thread takes a third of the time in which the whole program answers.
 *
 * *Limits*: measured over 1 000 to 1e7 steps, sampling rates of 0.001 to 0.03, noise of 0.7 to 100 and delta down to 1e-12: one
 * of 84 runs took 0.6 s (a core that others used), all others less than 0.1 s.
 *
 * @module
 */

import type { PrivacyEvent } from '../events/index.ts'

/** Whether the event is an ordinary training run: one Gaussian an epoch, or very many sampled ones with enough noise. */
export function isOrdinary(event: PrivacyEvent): boolean {
  if (event.kind !== 'repeated') return false
  const { times, event: step } = event
  if (step.kind === 'gaussian') return true
  if (step.kind !== 'poissonSampled' || step.event.kind !== 'gaussian') return false
  const { samplingRate } = step
  return (
    times >= 1000 &&
    samplingRate >= 1e-3 &&
    samplingRate <= 0.1 &&
    times * samplingRate >= 10 &&
    step.event.noiseMultiplier >= 0.7
  )
}
