/**
 * The discrete Fourier transform in fixed point on big integers, 110 bits after the point: the truth that the fast one is held to.
 * Its roots of unity come from half-angle square roots, not from any sine.
 */

const places = 110n
const one = 1n << places

type Complex = readonly [re: bigint, im: bigint]

const product = ([a, b]: Complex, [c, d]: Complex): Complex => [(a * c - b * d) >> places, (a * d + b * c) >> places]

function squareRoot(x: bigint): bigint {
  const square = x << places
  let root = 1n << BigInt((square.toString(2).length + 1) >> 1)
  for (;;) {
    const next = (root + square / root) >> 1n
    if (next >= root) return root
    root = next
  }
}

/** e^(-2 pi i / n), n a power of two. */
function root(n: number): Complex {
  if (n === 1) return [one, 0n]
  if (n === 2) return [-one, 0n]
  let cosine = 0n
  let sine = one
  for (let m = 4; m < n; m *= 2) {
    const next = squareRoot((one + cosine) / 2n)
    sine = (sine << places) / (2n * next)
    cosine = next
  }
  return [cosine, -sine]
}

function transform(x: readonly Complex[]): readonly Complex[] {
  const n = x.length
  if (n === 1) return x
  const even = transform(x.filter((_, j) => j % 2 === 0))
  const odd = transform(x.filter((_, j) => j % 2 === 1))
  const result: Complex[] = new Array(n)
  const step = root(n)
  let turn: Complex = [one, 0n]
  for (let k = 0; k < n / 2; k++) {
    const [a, b] = even[k] as Complex
    const [c, d] = product(turn, odd[k] as Complex)
    result[k] = [a + c, b + d]
    result[k + n / 2] = [a - c, b - d]
    turn = product(turn, step)
  }
  return result
}

/** X_0 ... X_(n/2) of real data below 2^40, as re and im in turn, correct to 2^-80 or so before the last rounding to a double. */
export function exactSpectrum(data: ArrayLike<number>): readonly Complex[] {
  const fixed = Array.from(data, (x): Complex => [BigInt(x * 2 ** 50) << (places - 50n), 0n])
  return transform(fixed).slice(0, fixed.length / 2 + 1)
}

/** |packed - exact| / |exact| in the l2 norm over all n frequencies; the difference is taken before any rounding. */
export function relativeError(packed: ArrayLike<number>, exact: readonly Complex[]): number {
  const last = exact.length - 1
  let errors = 0
  let sizes = 0
  for (const [k, [re, im]] of exact.entries()) {
    const x = k === last ? packed[1] : packed[2 * k]
    const y = k === 0 || k === last ? 0 : packed[2 * k + 1]
    const weight = k === 0 || k === last ? 1 : 2
    // Doubles above 2^-50 are whole numbers of 2^-110; below that the remainder doesn't matter here.
    const dx = Number(BigInt(Math.round((x as number) * 2 ** 90)) * (1n << (places - 90n)) - re) / Number(one)
    const dy = Number(BigInt(Math.round((y as number) * 2 ** 90)) * (1n << (places - 90n)) - im) / Number(one)
    errors += weight * (dx * dx + dy * dy)
    sizes += (weight * (Number(re) ** 2 + Number(im) ** 2)) / Number(one) ** 2
  }
  return Math.sqrt(errors / sizes)
}
