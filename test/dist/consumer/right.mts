import {
  type Budget,
  type Estimate,
  events,
  InvalidParameterError,
  laplace,
  mean,
  memoryStore,
  openBudget,
  PrivacyError,
  type PrivacyEvent,
} from 'indistinct'
import {
  type AttackRisk,
  attackRisk,
  calibrate,
  delta,
  epsilon,
  gaussianStddev,
  groupEvent,
  noiseMultiplierFor,
  type PrivacyBound,
  type PrivacyFilter,
  privacyFilter,
  privacyOdometer,
  rdp,
  statement,
  tradeOff,
} from 'indistinct/accounting'
import { composed, dpSgd, type GaussianEvent, gaussian, parse, poissonSampled, repeated, walk } from 'indistinct/events'
import { audit, insecureSeeded } from 'indistinct/testing'

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

const bound: PrivacyBound = epsilon(run, { delta: 1e-5, relation: 'replace-one', accountant: 'rdp', orders: [2, 3] })
bound.upper.toFixed(bound.order ?? 0).concat(bound.reason ?? '')
const risk: AttackRisk = attackRisk(run, { falsePositiveRate: delta(run, { epsilon: 1 }).upper })
const misses: number = tradeOff(step)(risk.falsePositiveRate)
const curve: readonly number[] = rdp(step, { orders: [misses] })
const { noiseMultiplier: _, ...unnoised } = recipe
const least: number = noiseMultiplierFor({ ...unnoised, epsilon: 3, delta: 1e-5 }).noiseMultiplier
calibrate((parameter) => gaussian({ noiseMultiplier: parameter }), { epsilon: least, delta: 1e-5 }).parameter.toFixed()
gaussianStddev({ epsilon: curve[0] ?? 1, delta: 1e-5, l2Sensitivity: 1 }).toFixed()
statement(groupEvent(run, { records: 2 }).event, { delta: 1e-5 }).concat('')
const filter: PrivacyFilter = privacyFilter({ kind: 'zcdp', limit: { rho: 1 } })
const spent = filter.spend(step)
if (!spent.allowed) spent.reason.concat('')
else spent.next.spend(privacyOdometer({ kind: 'basic' }).epsilon > 0 ? step : run)

const budget: Budget = await openBudget({ epsilon: 1 }, { store: memoryStore() })
const average: Estimate = await budget.release(mean({ lower: 0, upper: 120, epsilon: 0.5 }), [31, 28, 64], { label: 'ages' })
const noisy: number[] = laplace({ sensitivity: 1, epsilon: 1, insecureRandom: insecureSeeded(1) }).release([average.value])
audit(() => noisy, { here: 0, there: 1 }, { draws: 100 }).epsilon.toFixed()
