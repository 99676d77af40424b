import type { PrivacyEvent } from '../../src/events/index.ts'
import { insecureSeeded } from '../../src/testing/index.ts'

/** A mechanism with a mistake that people make, beside the one without. */
export type Mutant<Data = unknown> = {
  readonly name: string
  readonly why: string
  readonly claim: PrivacyEvent
  readonly neighbours: readonly [Data, Data]
  readonly broken: (seed: number) => (data: Data) => unknown
  /** The same without the mistake, for the same neighbours. */
  readonly sound: (seed: number) => (data: Data) => unknown
  /** As few as are enough to catch it. */
  readonly draws: number
}

/** For the type of the data, which a list of mutants forgets. */
export const mutant = <Data>(made: Mutant<Data>): Mutant => made as unknown as Mutant

export const seeded = (seed: number): { readonly insecureRandom: ReturnType<typeof insecureSeeded> } => ({
  insecureRandom: insecureSeeded(seed),
})
