/**
 * Wang, Balle and Kasiviswanathan 2019 (arXiv 1808.00087), theorem 27, for Gaussian noise: the bound that dp_accounting has for
 * sampling without replacement. Ours is below it; here it is to check that both speak of the same mechanism.
 *
 *     (a - 1) D_a <= log(1 + SUM_(i = 2..a) C(a, i) q^i B_i),   B_2 = min(4 (e^(1/s^2) - 1), 2 e^(1/s^2)),
 *     B_i = min(4 sqrt(|F_(2 floor(i/2))| |F_(2 ceil(i/2))|), 2 e^((i-1) i / 2s^2)),   F_l = l-th forward difference at 0 of e^(x (x+1) / 2s^2)
 *
 * sigma is relative to the change that replacing makes. Between whole orders (a - 1) D_a is interpolated. In 300-bit fixed point, since
 * the differences cancel.
 */

const bits = 400n
const one = 1n << bits

/** e^x in fixed point, x >= 0. */
function exp(x: number): bigint {
  // Exactly: x as a fraction of 2^60, halved 40 times, a short series, squared back.
  const fraction = (BigInt(Math.round(x * 2 ** 40)) << bits) >> 40n
  const small = fraction >> 40n
  let term = one
  let total = one
  for (let k = 1n; k < 40n; k++) {
    term = (term * small) / (k << bits)
    total += term
  }
  for (let i = 0; i < 40; i++) total = (total * total) >> bits
  return total
}

const log = (x: bigint): number => {
  const digits = x.toString(2).length
  const head = Number(x >> BigInt(Math.max(0, digits - 53)))
  return Math.log(head) + (Math.max(0, digits - 53) - Number(bits)) * Math.LN2
}

/** D_a at a fraction q of the population. */
export function wangBalleKasiviswanathan(q: number, sigma: number, order: number): number {
  const whole = Math.floor(order)
  if (whole !== order) {
    const below = whole === 1 ? 0 : (whole - 1) * wangBalleKasiviswanathan(q, sigma, whole)
    const above = whole * wangBalleKasiviswanathan(q, sigma, whole + 1)
    return ((order - whole) * above + (whole + 1 - order) * below) / (order - 1)
  }
  const variance = sigma * sigma
  // exp is good to 2^-41 of its argument; what the differences leave has that error of e^0, so they count only above it.
  let row = Array.from({ length: order + 2 }, (_, x) => exp(((x - 1) * x) / (2 * variance)))
  const differences: bigint[] = []
  while (row.length > 0) {
    differences.push(row[0] as bigint)
    row = row.slice(1).map((value, i) => value - (row[i] as bigint))
  }
  const difference = (l: number): number => log(differences[l] as bigint)
  const terms: number[] = [0]
  let choose = 0
  for (let i = 1; i <= order; i++) {
    choose += Math.log((order - i + 1) / i)
    if (i === 1) continue
    const second =
      i === 2
        ? Math.min(Math.log(4 * Math.expm1(1 / variance)), Math.LN2 + 1 / variance)
        : Math.min(
            Math.log(4) + (difference(2 * Math.floor(i / 2)) + difference(2 * Math.ceil(i / 2))) / 2,
            Math.LN2 + ((i - 1) * i) / (2 * variance),
          )
    terms.push(choose + i * Math.log(q) + second)
  }
  const most = Math.max(...terms)
  if (most === 0) return Math.log1p(terms.slice(1).reduce((sum, term) => sum + Math.exp(term), 0)) / (order - 1)
  return (most + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - most), 0))) / (order - 1)
}
