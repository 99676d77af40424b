/** Uniform numbers in [0, 1) from a seed, for tests that must not flicker (a linear congruence modulo 2^32, upper bits). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state
  }
  for (let i = 0; i < 5; i++) next()
  return () => (next() >>> 5) / 2 ** 27
}
