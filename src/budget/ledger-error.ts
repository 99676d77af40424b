/**
 * The ledger could not be read or written. Nothing was released.
 *
 * @module
 */

/** What the disk or the database said, with what it means for the budget; the original error is its `cause`. */
export class LedgerError extends Error {
  readonly code = 'LEDGER'

  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    Object.defineProperty(this, 'name', { value: 'LedgerError' })
  }
}

/** The error as it is, or wrapped. */
export function ledgerError(what: string, cause: unknown): Error {
  if (cause instanceof LedgerError) return cause
  const { message, code } = cause as { readonly message?: string; readonly code?: string }
  return new LedgerError(`${what}: ${code === undefined || message?.includes(code) ? message : `${code}, ${message}`}`, { cause })
}
