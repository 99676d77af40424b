import type { Figure } from './golden-events.ts'
import { figure } from './golden-events.ts'

/** A case of a golden file. */
export type GoldenCase = {
  readonly params: Readonly<Record<string, unknown>>
  readonly expected: Readonly<Record<string, unknown>>
  readonly tolerance: { readonly rel?: number; readonly abs?: number }
}

/** Holds one case to its figures; what it gives back, if a string, is why there is nothing of ours to hold. */
export type Check = (c: GoldenCase) => unknown

/** The figures of a peer's test: its parameters and the constants that its body adds. */
export const fields = ({ params }: GoldenCase): Readonly<Record<string, unknown>> => ({
  ...params,
  ...(params['fixed'] as Readonly<Record<string, unknown>> | undefined),
})

export const num = (of: unknown): number => figure(of as Figure)
export const list = (of: unknown): number[] => (of as readonly Figure[]).map(figure)

/** Throws unless value is within rel |wanted| + abs of what is wanted. */
export function near(value: number, wanted: number, rel: number, abs = 0): void {
  if (value === wanted) return
  const error = Math.abs(value - wanted)
  if (!(error <= rel * Math.abs(wanted) + abs)) throw new Error(`${value}, wanted ${wanted}: off by ${error}`)
}

/** Throws unless low <= value <= high. */
export function between(low: number, value: number, high: number): void {
  if (!(value >= low && value <= high)) throw new Error(`${value} is not in [${low}, ${high}]`)
}

/** Near, within the tolerance that the case itself gives. */
export function close({ tolerance }: GoldenCase, value: number, wanted: number, atLeast = 0): void {
  near(value, wanted, tolerance.rel ?? 0, Math.max(tolerance.abs ?? 0, atLeast))
}
