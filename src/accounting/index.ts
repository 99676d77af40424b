/**
 * Events in, privacy figures out: epsilon, delta, Renyi curves, noise calibration, trade-off curves, attack risk, statements, groups,
 * shuffling, filters, audits.
 *
 * @module
 */

export { type GaussianStddevOptions, gaussianStddev } from './analytic-gaussian.ts'
export { type AttackRisk, type AttackRiskOptions, attackRisk } from './attack-risk.ts'
export {
  type AttackBoundOptions,
  type AttackCounts,
  epsilonFromAttack,
  gdpFromAttack,
  type OneRun,
  oneRunEpsilon,
  oneRunGdp,
} from './audit-bounds.ts'
export type { Accountant, PrivacyBound } from './bound.ts'
export {
  type Calibrated,
  type CalibrateOptions,
  calibrate,
  type NoiseMultiplierOptions,
  noiseMultiplierFor,
} from './calibrate.ts'
export { type DeltaOptions, delta } from './delta.ts'
export { type AccountingOptions, type EpsilonOptions, epsilon } from './epsilon.ts'
export {
  type Amounts,
  type FilterKind,
  type FilterLimit,
  type FilterOptions,
  type PrivacyFilter,
  privacyFilter,
  type Spent,
} from './filters/filter.ts'
export { type OdometerOptions, type PrivacyOdometer, privacyOdometer } from './filters/odometer.ts'
export { type GroupBound, type GroupEvent, type GroupOptions, groupEvent } from './group.ts'
export type { Conversion } from './rdp/conversion.ts'
export { defaultOrders, type RdpOptions, rdp } from './rdp.ts'
export type { Relation } from './relation.ts'
export {
  type ShuffleBound,
  type ShuffleBoundResult,
  type ShuffleOptions,
  shuffleDelta,
  shuffleEpsilon,
} from './shuffle/shuffle.ts'
export { type StatementOptions, statement } from './statement.ts'
export { type TradeOffOptions, tradeOff } from './trade-off.ts'
export { type TreeShape, treeSensitivitySquared } from './tree.ts'
