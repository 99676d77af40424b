/**
 * The one family of errors.
 *
 * Every error that this package throws on purpose is a `PrivacyError` with a literal `code` to switch on and readonly fields
 * that say what was wrong. Each carries a footprint under a registered symbol, so `instanceof` also recognises an error thrown
 * by a second copy of the package in the same program.
 *
 * *Promise*: a message names a parameter, its requirement and the (public) value received; never a record, a tensor or noise.
 *
 * @module
 */

const footprint = Symbol.for('indistinct.error')

/** What went wrong, as a literal that a program can switch on. */
export type ErrorCode =
  | 'INVALID_PARAMETER'
  | 'UNSUPPORTED_EVENT'
  | 'UNSUPPORTED_MODEL'
  | 'BUDGET_EXCEEDED'
  | 'NUMERICAL'
  | 'ENTROPY'
  | 'LEDGER'
  | 'SCHEMA'

const carries = (value: unknown, code?: ErrorCode): boolean => {
  if (typeof value !== 'object' || value === null) return false
  const found = (value as { readonly [key: symbol]: unknown })[footprint]
  return code === undefined ? typeof found === 'string' : found === code
}

const names: Record<ErrorCode, string> = {
  INVALID_PARAMETER: 'InvalidParameterError',
  UNSUPPORTED_EVENT: 'UnsupportedEventError',
  UNSUPPORTED_MODEL: 'UnsupportedModelError',
  BUDGET_EXCEEDED: 'BudgetExceededError',
  NUMERICAL: 'NumericalError',
  ENTROPY: 'EntropyError',
  LEDGER: 'LedgerError',
  SCHEMA: 'SchemaError',
}

/** The base of every deliberate error of this package. */
export class PrivacyError extends Error {
  /** The code that instances of this class carry; the base class stands for all of them. */
  protected static readonly code: ErrorCode | undefined = undefined
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    // The name comes from the code, not from the class: a minifier may rename classes.
    Object.defineProperty(this, 'name', { value: names[code] })
    Object.defineProperty(this, footprint, { value: code })
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return carries(value, this.code)
  }
}

/** An argument breaks a requirement. The message reads `"delta" must be in [0, 1), got 1.2`. */
export class InvalidParameterError extends PrivacyError {
  protected static override readonly code = 'INVALID_PARAMETER'
  /** The parameter as the caller knows it, with its path: `event.noiseMultiplier`. */
  readonly parameter: string
  /** What it must be, to be read after "must be". */
  readonly requirement: string
  /** A short description of what was received. */
  readonly received: string

  constructor(parameter: string, requirement: string, value: unknown) {
    const received = describe(value)
    super('INVALID_PARAMETER', `"${parameter}" must be ${requirement}, got ${received}`)
    this.parameter = parameter
    this.requirement = requirement
    this.received = received
  }
}

/** An accountant was handed an event that it has no bound for. */
export class UnsupportedEventError extends PrivacyError {
  protected static override readonly code = 'UNSUPPORTED_EVENT'
  /** Where in the event the unsupported part sits: `events[3].event`. */
  readonly path: string
  readonly kind: string

  constructor(path: string, kind: string, reason: string) {
    super('UNSUPPORTED_EVENT', `event ${describe(kind)}${path === '' ? '' : ` at "${path}"`} is not supported: ${reason}`)
    this.path = path
    this.kind = kind
  }
}

/** A model computes something whose privacy can't be vouched for. Nothing was trained. */
export class UnsupportedModelError extends PrivacyError {
  protected static override readonly code = 'UNSUPPORTED_MODEL'
  /** The kernel of tfjs that was met, where it is about one. */
  readonly kernel: string | undefined
  /** The variable next to it; its name begins with that of its layer. */
  readonly variable: string | undefined
  readonly reason: string

  constructor(found: { readonly reason: string; readonly kernel?: string | undefined; readonly variable?: string | undefined }) {
    const { reason, kernel, variable } = found
    const subject = kernel === undefined ? '' : `${kernel} `
    const place = variable === undefined ? '' : ` (at the variable ${describe(variable)})`
    super('UNSUPPORTED_MODEL', `${subject}${reason}${place}`)
    this.kernel = kernel
    this.variable = variable
    this.reason = reason
  }
}

/** A spend was refused because it would pass the limit. Nothing was spent and nothing was drawn. */
export class BudgetExceededError extends PrivacyError {
  protected static override readonly code = 'BUDGET_EXCEEDED'
  /** The limit, what was already spent and what was asked for, in words of the budget's own unit. */
  readonly limit: string
  readonly spent: string
  readonly requested: string

  constructor(budget: { readonly limit: string; readonly spent: string; readonly requested: string }) {
    super(
      'BUDGET_EXCEEDED',
      `the budget of ${budget.limit} would be exceeded: ${budget.spent} spent, ${budget.requested} requested`,
    )
    this.limit = budget.limit
    this.spent = budget.spent
    this.requested = budget.requested
  }
}

/** A computation could not reach the accuracy it promises. */
export class NumericalError extends PrivacyError {
  protected static override readonly code = 'NUMERICAL'

  constructor(message: string, options?: ErrorOptions) {
    super('NUMERICAL', message, options)
  }
}

/** No cryptographic randomness is to be had. There is no fallback. */
export class EntropyError extends PrivacyError {
  protected static override readonly code = 'ENTROPY'

  constructor(message: string, options?: ErrorOptions) {
    super('ENTROPY', message, options)
  }
}

/** The store of a budget could not be read or written: what the disk or the database said is its `cause`. Nothing was released. */
export class LedgerError extends PrivacyError {
  protected static override readonly code = 'LEDGER'

  constructor(message: string, options?: ErrorOptions) {
    super('LEDGER', message, options)
  }
}

/** One thing wrong with a document: where, and the message that the builder would have given. */
export type SchemaIssue = { readonly path: string; readonly message: string }

/** A document (an event, a ledger, a configuration) does not have the shape it must have. */
export class SchemaError extends PrivacyError {
  protected static override readonly code = 'SCHEMA'
  /** Every problem found, in document order (at most 100). */
  readonly issues: readonly SchemaIssue[]

  constructor(document: string, issues: readonly SchemaIssue[]) {
    const [first] = issues
    const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : ''
    super('SCHEMA', `${document} is not valid: ${first?.message ?? 'unreadable'}${more}`)
    this.issues = Object.freeze(issues.slice(0, 100).map((issue) => Object.freeze({ ...issue })))
  }
}

const longest = 40

/** Says in a few words what a value is: the value of a primitive, only the type of anything that could hold data. */
export function describe(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value.length > longest ? `${value.slice(0, longest)}…` : value)
    case 'bigint': {
      const digits = value.toString()
      return digits.length > longest ? `a bigint of ${digits.length} digits` : `${digits}n`
    }
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value)
    case 'boolean':
    case 'undefined':
      return String(value)
    case 'symbol':
      return 'a symbol'
    case 'function':
      return 'a function'
    default:
      if (value === null) return 'null'
      return Array.isArray(value) ? `an array of ${value.length}` : 'an object'
  }
}
