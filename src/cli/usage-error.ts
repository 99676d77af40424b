/**
 * The command line was not understood, or what it names can't be read. Ends the program with exit code 2.
 *
 * @module
 */

export class UsageError extends Error {
  /** Further lines for people, after the one that says what is wrong. */
  readonly details: readonly string[]

  constructor(message: string, details: readonly string[] = []) {
    super(message)
    this.details = details
  }
}
