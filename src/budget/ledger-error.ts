/**
 * What a store threw, as an error of this package.
 *
 * @module
 */

import { LedgerError } from '../errors.ts'

/** The error as it is, or wrapped. */
export function ledgerError(what: string, cause: unknown): Error {
  if (cause instanceof LedgerError) return cause
  const { message, code } = cause as { readonly message?: string; readonly code?: string }
  return new LedgerError(`${what}: ${code === undefined || message?.includes(code) ? message : `${code}, ${message}`}`, { cause })
}
