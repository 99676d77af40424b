/**
 * Several releases on one Poisson sample: Renyi divergences from those of the releases without sampling.
 *
 * If M1 and M0 are the products of pairs that mirror themselves, removing a record is the worse direction (Mironov, Talwar and Zhang
 * 2019, theorem 5: the product of the mirrors is a mirror), and at a whole order the binomial theorem gives
 *
 *     E_M0[(1 - q + q M1/M0)^a] = 1 + SUM_(k = 2..a) C(a, k) (1 - q)^(a-k) q^k (e^((k-1) D_k) - 1)
 *
 * with D_k the divergence of the product, a sum over the releases. Between whole orders z D is convex.
 *
 * One of a sample of fixed size replaced: the moment is at most that of both directions added (gaussians.ts has it with the half line),
 * so at most twice the excess over 1.
 *
 * *Promise*: upper bounds; the first one is the exact divergence of the dominating pair at whole orders, to 1e-12.
 * *Limits*: whole orders up to `highestOrder`; above it the bound by convexity.
 *
 * @module
 */

import { logBinomial } from '../../numeric/gamma.ts'
import { logAddExp, logSumExp } from '../../numeric/log-space.ts'
import { betweenWholeOrders, byConvexity, lesser, type Renyi } from './renyi.ts'

const highestOrder = 512

/** A record added to or removed from the sample; `base` the divergence of all releases together without sampling. */
export function sharedSampleRenyi(rate: number, base: Renyi): Renyi {
  return fromExcess(rate, base, 0)
}

/** One of a fixed fraction replaced; `base` for replacing without sampling. */
export function sharedFixedSizeRenyi(fraction: number, base: Renyi): Renyi {
  return fromExcess(fraction, base, Math.LN2)
}

function fromExcess(rate: number, base: Renyi, logFactor: number): Renyi {
  const bound = byConvexity(rate, base)
  // log(e^((k-1) D_k) - 1) by k, as far as it was asked for.
  const known: number[] = []
  const term = (k: number): number => {
    const exponent = (k - 1) * base(k - 1)
    return exponent < 30 ? Math.log(Math.expm1(exponent)) : exponent
  }
  const exact = (z: number): number => {
    const order = z + 1
    const terms = new Float64Array(order - 1)
    for (let k = 2; k <= order; k++) {
      known[k] ??= term(k)
      terms[k - 2] = logBinomial(order, k) + (order - k) * Math.log1p(-rate) + k * Math.log(rate) + (known[k] as number)
    }
    const excess = logSumExp(terms) + logFactor
    return (excess > 30 ? logAddExp(excess, 0) : Math.log1p(Math.exp(excess))) / z
  }
  const chords = betweenWholeOrders(lesser(exact, bound))
  return (z) => (z + 1 < highestOrder ? chords(z) : bound(z))
}
