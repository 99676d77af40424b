/**
 * What a run tells of itself while it goes on.
 *
 *     step 120 of 2350  loss 0.432  epsilon 0.913 at delta 1e-5  3 min 20 s left
 *
 * *Limits*: how long a step takes depends, a little, on how many examples were drawn: whoever may see the times of single steps sees more than the
 * model.
 *
 * @module
 */

/** A step that was made. */
export type TrainingStep = {
  /** Steps so far, this one included. */
  readonly step: number
  readonly steps: number
  /** Of all steps so far; computed when it is asked for, in some milliseconds. */
  readonly epsilon: number
  readonly delta: number
  /** Of this step's batch, exact and not private: with `publicLoss` only, and not of an empty batch. */
  readonly loss?: number
  readonly secondsLeft: number
}

/** One line. */
export function progressLine({ step, steps, epsilon, delta, loss, secondsLeft }: TrainingStep): string {
  const parts = [
    `step ${step} of ${steps}`,
    ...(loss === undefined ? [] : [`loss ${loss.toPrecision(3)}`]),
    `epsilon ${Number.isFinite(epsilon) ? roundedUp(epsilon) : 'infinite'} at delta ${delta}`,
    // The first step warms up: what it took says little of the others.
    ...(step === steps || step === 1 ? [] : [`${duration(secondsLeft)} left`]),
  ]
  return parts.join('  ')
}

/** Three digits or so, never less than it is. */
function roundedUp(epsilon: number): string {
  const unit = 10 ** Math.max(-6, Math.floor(Math.log10(Math.max(epsilon, 1e-3))) - 2)
  return String(Number((Math.ceil(epsilon / unit) * unit).toPrecision(6)))
}

function duration(seconds: number): string {
  const whole = Math.ceil(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}

/** Writes a line of the first step, of the last, and of one a second in between. */
export function progressWriter(write: ((line: string) => void) | undefined): (step: TrainingStep) => void {
  let written = Number.NEGATIVE_INFINITY
  return (step) => {
    const now = Date.now()
    if (write === undefined || (step.step !== step.steps && now - written < 1000)) return
    written = now
    write(progressLine(step))
  }
}
