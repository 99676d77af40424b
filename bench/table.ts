/**
 * What a bench gives back, and the two ways to measure one. A ratio between rivals is only trusted when they took turns in one
 * run: `interleave`.
 */

/** One line per case: `what` names it, the rest are figures. */
export type BenchTable = { readonly name: string; readonly rows: readonly Readonly<Record<string, string | number>>[] }

/** Called over and over; may be asynchronous. */
export type Task = () => unknown

export type MeasureOptions = {
  /** Each timing lasts at least this long, in milliseconds. */
  readonly minTimeMs?: number
}

/** Calls per second of one task, from one timing of at least `minTimeMs` (default 200) after a warm-up of a fifth of that. */
export async function measure(task: Task, { minTimeMs = 200 }: MeasureOptions = {}): Promise<number> {
  const { calls } = await timed(task, 1, minTimeMs / 5)
  const { calls: total, ms } = await timed(task, calls, minTimeMs)
  return (total / ms) * 1000
}

export type InterleaveOptions = {
  /** How often each rival takes its turn. Default 15. */
  readonly rounds?: number
  /** How long a turn lasts at least, in milliseconds. Default 20. */
  readonly minTimeMs?: number
}

export type Interleaved<Name extends string> = {
  /** Median calls per second of each rival. */
  readonly opsPerSecond: Readonly<Record<Name, number>>
  /** The same in its best round: what it takes when the machine does nothing else. */
  readonly fastest: Readonly<Record<Name, number>>
  /** Median over the rounds of the rival's speed over the first rival's in the same round: above 1 is faster than the first. */
  readonly ratio: Readonly<Record<Name, number>>
}

/**
 * Measures rivals in turns, A B C A B C ..., so that whatever else the machine does slows all of them alike. A round's ratio
 * compares neighbours in time; the median over rounds drops the disturbed ones.
 */
export async function interleave<Name extends string>(
  rivals: Readonly<Record<Name, Task>>,
  { rounds = 15, minTimeMs = 20 }: InterleaveOptions = {},
): Promise<Interleaved<Name>> {
  const names = Object.keys(rivals) as Name[]
  const speeds = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>
  // Warmed up together, so that no one runs on code that was optimised for it alone.
  const calls = {} as Record<Name, number>
  for (const name of [...names, ...names]) calls[name] = (await timed(rivals[name], 1, 2 * minTimeMs)).calls
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      const { calls: total, ms } = await timed(rivals[name], Math.ceil(calls[name] / 2), minTimeMs)
      speeds[name].push((total / ms) * 1000)
    }
  }
  const first = speeds[names[0] as Name]
  const each = <T>(figure: (name: Name) => T): Record<Name, T> =>
    Object.fromEntries(names.map((name) => [name, figure(name)])) as Record<Name, T>
  return {
    opsPerSecond: each((name) => median(speeds[name])),
    fastest: each((name) => Math.max(...speeds[name])),
    ratio: each((name) => median(speeds[name].map((speed, round) => speed / (first[round] as number)))),
  }
}

/** The middle one; the mean of the two middle ones of an even number. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length / 2
  return ((sorted[Math.ceil(half) - 1] as number) + (sorted[Math.floor(half)] as number)) / 2
}

/** Three significant digits, for a table. */
export function figure(value: number): number {
  return Number(value.toPrecision(3))
}

/** Calls the task in batches until the time is up; the first batch has `batch` calls and each is twice the last. */
async function timed(task: Task, batch: number, minTimeMs: number): Promise<{ readonly calls: number; readonly ms: number }> {
  let calls = 0
  const start = performance.now()
  for (let size = Math.max(1, batch); ; size *= 2) {
    for (let i = 0; i < size; i++) {
      const result = task()
      if (result instanceof Promise) await result
    }
    calls += size
    const ms = performance.now() - start
    if (ms >= minTimeMs) return { calls, ms }
  }
}
