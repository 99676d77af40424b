/**
 * What an accountant needs to know of one event: how its privacy loss is spread.
 *
 *     L = log dP/dQ (o),  o ~ P          for a pair (P, Q) that dominates the event: for every a >= 0
 *     sup over neighbours  E_(a) (M(D) || M(D'))  <=  E_(a) (P || Q),     E_(a) (P || Q) = P(L > log a) - a Q(L > log a)
 *
 * Domination by a pair and the law of its loss: Zhu, Dong and Wang 2022 (arXiv 2106.08567), definition 7 and theorem 10:
 * the loss of a composition is dominated by the sum of independent losses of the parts. An engine sees laws only, never an event.
 *
 * *Promise of a law*, for its `massError` and `lossError`: cells are about a loss L' that is nowhere further than lossError (scale + |L|)
 * from L (rounding moves the ends of cells, and cells that share an end share where it has moved), and within that
 *
 *   - p and q are within massError of the masses under P and Q, relatively, in both tails;
 *   - the excess is within (massError min(1, to - from) + lossError (scale + |from|)) p of E_P[(1 - e^(from - L')); from < L' <= to];
 *   - masses below 1e-300 may be lost.
 *
 * `nodes` states its own error. *Limits*: each law says what was measured.
 *
 * @module
 */

/** What an interval (from, to] of losses holds: its masses under P and Q, and E_P[(1 - e^(from - L)); from < L <= to] = p - e^from q. */
export type Cell = { p: number; q: number; excess: number }

/** A new cell to be written into. */
export const emptyCell = (): Cell => ({ p: 0, q: 0, excess: 0 })

/**
 * A quadrature of the loss under P: E_P[e^(zL); L < infinity] = SUM weights[i] e^(z losses[i]) for Re z = tilt, |Im z| <= frequency,
 * to within `error` E_P[e^(tilt L); L < infinity] and besides the rounding of what is stored. The losses rise.
 */
export type Nodes = { readonly losses: Float64Array; readonly weights: Float64Array; readonly error: number }

/** How far from the real axis, and on which line, the nodes are to be good. */
export type NodeDemand = {
  readonly tilt: number
  readonly frequency: number
  /** No more than about so many, at the price of a larger error. */
  readonly most?: number
}

/** The losses that occur, with their masses under P and Q, in rising order. */
export type Atoms = { readonly losses: Float64Array; readonly p: Float64Array; readonly q: Float64Array }

/** The law of the privacy loss of one dominating pair. */
export type LossLaw = {
  /** P(L = infinity): the probability of what Q never gives. */
  readonly infiniteMass: number
  /** Q(P = 0): of what P never gives; it is in the q of a cell that starts at -Infinity. */
  readonly vanishingMass: number
  /** The finite losses lie in [low, high]. */
  readonly low: number
  readonly high: number
  /** The size of a typical loss. */
  readonly scale: number
  /** Every finite loss, where the pair is discrete. */
  readonly atoms?: Atoms
  /** Losses in (low, high] that carry mass by themselves in a law that is not discrete, in rising order. */
  readonly landmarks: readonly number[]
  /** Writes what (from, to] holds, from < to, either may be infinite. */
  readonly cell: (from: number, to: number, into: Cell) => Cell
  /** A quadrature under P. */
  readonly nodes: (demand: NodeDemand) => Nodes
  /** Whether characteristic functions of compositions decay: the law has a smooth density and no atoms. */
  readonly smooth: boolean
  readonly massError: number
  readonly lossError: number
  /** Whether there is a mechanism that answers to the event and has this law: without one, an upper bound is all there is. */
  readonly attained: boolean
}

/** Laws with the number of times each occurs: what one direction of one composition comes to. */
export type LawPart = { readonly law: LossLaw; readonly times: number }
