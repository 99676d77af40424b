/**
 * A cubic, the brick from which this room's polynomials are laid: p(q) = c0 + q (c1 + ...) in steps of q^4.
 *
 * Four coefficients at a time keep the chain of dependent operations short, so the processor can overlap them.
 *
 * @module
 */

/** a + b q + c q^2 + d q^3, with `square` = q q handed in. The coefficient a is added last: it dominates, so it rounds once. */
export function cubic(q: number, square: number, a: number, b: number, c: number, d: number): number {
  return a + (b * q + square * (c + d * q))
}
