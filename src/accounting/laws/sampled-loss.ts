/**
 * How Poisson sampling bends a privacy loss, and back: l' = log(1 - r + r e^l).
 *
 * *Promise*: relative accuracy where l or l' is near 0, and where l' is near its least value log(1 - r); no overflow.
 *
 * *Limits*: 0 < r < 1. l' within 4 ulp of itself; l within 4 u (1 + |l|) as far as it can be told from l', that is u / (dl'/dl).
 *
 * @module
 */

/** log(1 + r expm1(l)): a loss under sampling, for l of either sign and any size. */
export function sampledLoss(rate: number, loss: number): number {
  if (loss > 600) return loss + Math.log(rate)
  return Math.log1p(rate * Math.expm1(loss))
}

/** The loss that sampling turned into this one: log((e^l' - (1 - r)) / r) = log(1 + expm1(l') / r). */
export function unsampledLoss(rate: number, loss: number): number {
  if (loss > 40) return loss - Math.log(rate) + Math.log1p((rate - 1) * Math.exp(-loss))
  // Near the least loss, log(1 - r), the first form cancels less.
  const above = loss < -0.5 ? (Math.exp(loss) - (1 - rate)) / rate : Math.expm1(loss) / rate + 1
  if (!(above > 0)) return Number.NEGATIVE_INFINITY
  return loss < -0.5 || above < 0.5 ? Math.log(above) : Math.log1p(Math.expm1(loss) / rate)
}
