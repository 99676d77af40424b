import { events, InvalidParameterError, PrivacyError, type PrivacyEvent } from 'indistinct'
import { composed, dpSgd, type GaussianEvent, gaussian, parse, poissonSampled, repeated, walk } from 'indistinct/events'

const step: GaussianEvent = gaussian({ noiseMultiplier: 1.1 })
const recipe = { examples: 60_000, batchSize: 256, epochs: 60, noiseMultiplier: 1.1, sampling: 'poisson' } as const
const run: PrivacyEvent = composed([
  repeated({ times: 10, event: poissonSampled({ samplingRate: 0.01, event: step }) }),
  dpSgd(recipe),
])
walk(parse(JSON.stringify(run)), (event, path) => {
  if (event.kind === 'gaussian') path.concat(String(event.noiseMultiplier))
})
events.randomizedResponse({ epsilon: 1 })
try {
  gaussian({ noiseMultiplier: -1 })
} catch (error) {
  if (error instanceof InvalidParameterError) error.parameter.concat(error.requirement, error.received)
  else if (error instanceof PrivacyError) error.code satisfies string
}
