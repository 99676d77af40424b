/**
 * The front door of indistinct: differential privacy whose claims hold, floating point included.
 *
 * @module
 */

export * from './budget/index.ts'
export * from './clipping/index.ts'
export {
  BudgetExceededError,
  EntropyError,
  type ErrorCode,
  InvalidParameterError,
  LedgerError,
  NumericalError,
  PrivacyError,
  SchemaError,
  type SchemaIssue,
  UnsupportedEventError,
  UnsupportedModelError,
} from './errors.ts'
export * as events from './events/index.ts'
export type { PrivacyEvent } from './events/kinds.ts'
export * from './mechanisms/index.ts'
export { discardEntropy, type SecureRandom, secureRandom } from './random/index.ts'
export * from './statistics/index.ts'
