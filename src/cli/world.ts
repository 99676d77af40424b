/**
 * What the command line knows of the world outside, so that tests can stand in for it.
 *
 * @module
 */

/** A stream to write to. */
export type Sink = {
  readonly write: (text: string) => void
  readonly isTTY: boolean
  /** The width of the terminal; undefined elsewhere, and 0 on a terminal that does not know. */
  readonly columns: number | undefined
}

/** The program's surroundings. */
export type World = {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdout: Sink
  readonly stderr: Sink
  readonly stdinIsTTY: boolean
  readonly readFile: (path: string) => Promise<Uint8Array>
  readonly readStdin: () => Promise<Uint8Array>
  /** Calls `work`; says on stderr what is being done where that takes more than a second. */
  readonly during: <T>(label: string, work: () => T) => T
}
