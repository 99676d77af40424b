/** A right call of an exported function, and what is known of it. */
export type Call = {
  readonly args: readonly unknown[]
  /** What comes back is the caller's own data, NaN and all. */
  readonly returnsData?: boolean
  /** A right question may have no answer: then a NumericalError says how far it came. */
  readonly mayGiveUp?: boolean
  /** What comes back has a function in it, for one argument that is to be spoiled as well. */
  readonly gives?: (result: unknown) => (argument: unknown) => unknown
  /** Values of the hostile list that are right after all, by field name or by the argument's place. */
  readonly accepts?: Readonly<Record<string, (value: unknown) => boolean>>
}
