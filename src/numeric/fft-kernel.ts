/**
 * The complex transform inside the real one, from one array into another: m points, each a real part and an imaginary part.
 *
 *   y_k = sum_j x_j w^(j k),   w = e^(-2 pi i / m)
 *
 * Decimation in time in radix 4 (Cooley and Tukey, Math. Comp. 19 (1965); Van Loan, Computational Frameworks for the Fast Fourier
 * Transform (1992), section 2.4). Leaves of 4 or 8 points are read in order and written where digit reversal wants them, so there
 * is no pass for the permutation and every cache line written is written whole. Merging then goes level by level inside blocks
 * that fit the first cache, and depth first beyond. Of the roots w^k, w^2k, w^3k that a merge needs only the first is read.
 *
 * *Limits*: m a power of two; nothing is checked. Written for what V8 makes of it, each of these measured: loops spelled out, since
 * they are the time spent; a plain array of doubles as the output (a Float64Array costs 15 % more, its base is added up at every
 * access); `| 0` on sums of indices and `| 1` for the imaginary part at an odd index, which need no overflow check (8 %).
 *
 * @module
 */

/** Blocks of up to this many doubles (32 KB) are finished while they are in the first cache. */
const inCache = 2 ** 12

/** How many points a leaf takes, so that 4s are left: 4 or 8. */
export function leafSize(points: number): 4 | 8 {
  return Math.log2(points) % 2 === 0 ? 4 : 8
}

/** For each leaf in the order of input, where its output begins (in doubles): its number with the base-4 digits reversed. */
export function leafPlaces(points: number): Int32Array {
  const places = new Int32Array(points / leafSize(points))
  for (let t = 1; t < places.length; t++) places[t] = ((places[t >> 2] as number) >> 2) + ((t & 3) * points) / 2
  return places
}

/** Transforms x into y, with the places of its leaves and the table of `rootsOfUnity`. */
export function complexFft(x: Float64Array, y: number[], places: Int32Array, roots: Float64Array): void {
  const leaf = x.length / 2 / places.length
  if (leaf === 4) transformFours(x, y, places)
  else if (leaf === 8) transformEights(x, y, places)
  else transformFew(x, y)
  mergeAll(y, roots, 0, x.length, 2 * leaf)
}

/** Merges blocks of `done` doubles, four into one, up to the `size` doubles from `at`. */
function mergeAll(y: number[], roots: Float64Array, at: number, size: number, done: number): void {
  if (size > inCache) {
    const quarter = size / 4
    for (let i = 0; i < 4; i++) mergeAll(y, roots, at + i * quarter, quarter, done)
    merge(y, roots, at, size)
    return
  }
  for (let block = 4 * done; block <= size; block *= 4) {
    for (let start = at; start < at + size; start += block) merge(y, roots, start, block)
  }
}

/** Merges four neighbouring blocks A, B, C, D in place: y_k = (A_k + w^2k C_k) + (w^k B_k + w^3k D_k) and its turns by a quarter. */
function merge(y: number[], roots: Float64Array, at: number, size: number): void {
  const quarter = (size / 4) | 0
  const end = (at + quarter) | 0
  for (let a = at | 0, r = quarter | 0; a < end; a = (a + 2) | 0, r = (r + 2) | 0) {
    const b = (a + quarter) | 0
    const c = (b + quarter) | 0
    const d = (c + quarter) | 0
    const cos = roots[r]!
    const sin = roots[r | 1]!
    const cos2 = 1 - 2 * sin * sin
    const sin2 = 2 * cos * sin
    const cos3 = cos * cos2 - sin * sin2
    const sin3 = sin * cos2 + cos * sin2
    const cr = y[c]!
    const ci = y[c | 1]!
    const turnedCr = cr * cos2 + ci * sin2
    const turnedCi = ci * cos2 - cr * sin2
    const ar = y[a]!
    const ai = y[a | 1]!
    const evenSumR = ar + turnedCr
    const evenSumI = ai + turnedCi
    const evenGapR = ar - turnedCr
    const evenGapI = ai - turnedCi
    const br = y[b]!
    const bi = y[b | 1]!
    const dr = y[d]!
    const di = y[d | 1]!
    const turnedBr = br * cos + bi * sin
    const turnedBi = bi * cos - br * sin
    const turnedDr = dr * cos3 + di * sin3
    const turnedDi = di * cos3 - dr * sin3
    const oddSumR = turnedBr + turnedDr
    const oddSumI = turnedBi + turnedDi
    const oddGapR = turnedBr - turnedDr
    const oddGapI = turnedBi - turnedDi
    y[a] = evenSumR + oddSumR
    y[a | 1] = evenSumI + oddSumI
    y[b] = evenGapR + oddGapI
    y[b | 1] = evenGapI - oddGapR
    y[c] = evenSumR - oddSumR
    y[c | 1] = evenSumI - oddSumI
    y[d] = evenGapR - oddGapI
    y[d | 1] = evenGapI + oddGapR
  }
}

/** One point, or two. */
function transformFew(x: Float64Array, y: number[]): void {
  const half = x.length / 2
  for (let i = 0; i < half; i++) {
    y[i] = half === 1 ? x[i]! : x[i]! + x[i + 2]!
    y[i + half] = half === 1 ? x[i + 1]! : x[i]! - x[i + 2]!
  }
}

/** Leaves of 4 points, a quarter of the input apart. */
function transformFours(x: Float64Array, y: number[], places: Int32Array): void {
  const apart = (x.length / 4) | 0
  for (let t = 0; t < places.length; t++) {
    const a = (2 * t) | 0
    const b = (a + apart) | 0
    const c = (b + apart) | 0
    const d = (c + apart) | 0
    const ar = x[a]!
    const ai = x[a | 1]!
    const br = x[b]!
    const bi = x[b | 1]!
    const cr = x[c]!
    const ci = x[c | 1]!
    const dr = x[d]!
    const di = x[d | 1]!
    const evenSumR = ar + cr
    const evenSumI = ai + ci
    const evenGapR = ar - cr
    const evenGapI = ai - ci
    const oddSumR = br + dr
    const oddSumI = bi + di
    const oddGapR = br - dr
    const oddGapI = bi - di
    const i = places[t]!
    y[i] = evenSumR + oddSumR
    y[i | 1] = evenSumI + oddSumI
    y[i | 2] = evenGapR + oddGapI
    y[i | 3] = evenGapI - oddGapR
    y[i | 4] = evenSumR - oddSumR
    y[i | 5] = evenSumI - oddSumI
    y[i | 6] = evenGapR - oddGapI
    y[i | 7] = evenGapI + oddGapR
  }
}

/** Leaves of 8 points, an eighth of the input apart: a four of the even points, one of the odd points, merged in pairs. */
function transformEights(x: Float64Array, y: number[], places: Int32Array): void {
  const apart = (x.length / 4) | 0
  for (let t = 0; t < places.length; t++) {
    let a = (2 * t) | 0
    let b = (a + apart) | 0
    let c = (b + apart) | 0
    let d = (c + apart) | 0
    let ar = x[a]!
    let ai = x[a | 1]!
    let br = x[b]!
    let bi = x[b | 1]!
    let cr = x[c]!
    let ci = x[c | 1]!
    let dr = x[d]!
    let di = x[d | 1]!
    let sumR = ar + cr
    let sumI = ai + ci
    let gapR = ar - cr
    let gapI = ai - ci
    let sumR2 = br + dr
    let sumI2 = bi + di
    let gapR2 = br - dr
    let gapI2 = bi - di
    const even0R = sumR + sumR2
    const even0I = sumI + sumI2
    const even1R = gapR + gapI2
    const even1I = gapI - gapR2
    const even2R = sumR - sumR2
    const even2I = sumI - sumI2
    const even3R = gapR - gapI2
    const even3I = gapI + gapR2
    const shift = apart >> 1
    a = (a + shift) | 0
    b = (b + shift) | 0
    c = (c + shift) | 0
    d = (d + shift) | 0
    ar = x[a]!
    ai = x[a | 1]!
    br = x[b]!
    bi = x[b | 1]!
    cr = x[c]!
    ci = x[c | 1]!
    dr = x[d]!
    di = x[d | 1]!
    sumR = ar + cr
    sumI = ai + ci
    gapR = ar - cr
    gapI = ai - ci
    sumR2 = br + dr
    sumI2 = bi + di
    gapR2 = br - dr
    gapI2 = bi - di
    // The odd four, turned by the powers of (1 - i) / sqrt 2.
    const odd0R = sumR + sumR2
    const odd0I = sumI + sumI2
    const odd1R = Math.SQRT1_2 * (gapR + gapI2 + (gapI - gapR2))
    const odd1I = Math.SQRT1_2 * (gapI - gapR2 - (gapR + gapI2))
    const odd2R = sumI - sumI2
    const odd2I = sumR2 - sumR
    const odd3R = Math.SQRT1_2 * (gapI + gapR2 - (gapR - gapI2))
    const odd3I = -Math.SQRT1_2 * (gapR - gapI2 + (gapI + gapR2))
    const i = places[t]!
    y[i] = even0R + odd0R
    y[i | 1] = even0I + odd0I
    y[i | 2] = even1R + odd1R
    y[i | 3] = even1I + odd1I
    y[i | 4] = even2R + odd2R
    y[i | 5] = even2I + odd2I
    y[i | 6] = even3R + odd3R
    y[i | 7] = even3I + odd3I
    y[i | 8] = even0R - odd0R
    y[i | 9] = even0I - odd0I
    y[i | 10] = even1R - odd1R
    y[i | 11] = even1I - odd1I
    y[i | 12] = even2R - odd2R
    y[i | 13] = even2I - odd2I
    y[i | 14] = even3R - odd3R
    y[i | 15] = even3I - odd3I
  }
}
