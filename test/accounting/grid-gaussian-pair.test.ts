import { describe, expect, it } from 'vitest'
import { gridDelta, gridEpsilon } from '../../src/accounting/grid/grid.ts'
import { shiftedWith, unshifted } from '../../src/accounting/laws/gaussian-mixture.ts'
import { gaussianPair } from '../../src/accounting/laws/gaussian-pair.ts'
import { emptyCell, type LossLaw } from '../../src/accounting/laws/law.ts'
import { normalInterval } from '../../src/numeric/normal-interval.ts'

const once = (law: LossLaw) => [{ law, times: 1 }]
const replaced = (rate: number, shift: number): LossLaw => gaussianPair(shiftedWith(rate, shift), shiftedWith(rate, shift))

describe('one Gaussian release with little noise', () => {
  // mpmath, 40 digits: L(x) at the x with P(X > x) - e^L(x) Q(X > x) = 1e-5, by bisection.
  const truths: readonly (readonly [sigma: number, rate: number, epsilon: number])[] = [
    [0.5, 0.5, 9.67460305906873],
    [0.5, 0.9, 12.1461470432484],
    [0.5, 0.001, 0.338600265925353],
    [0.3, 0.5, 18.5985529416894],
    [0.3, 0.001, 5.65479303645282],
    [0.2, 0.5, 32.3099417266249],
    [0.2, 0.001, 16.4084049770656],
    [0.1, 0.5, 90.2383129958383],
    [0.1, 0.001, 65.4595346623849],
    [0.05, 0.5, 281.240587171806],
    [0.05, 0.9, 286.116938606826],
    [0.05, 0.001, 238.67483110118],
    [0.02, 0.5, 1454.41304624327],
    [0.02, 0.9, 1463.30282481224],
    [0.02, 0.001, 1358.43332326342],
  ]
  for (const [sigma, rate, truth] of truths) {
    it(`replace-one, sigma ${sigma}, q ${rate}`, () => {
      const { upper, lower } = gridEpsilon(once(replaced(rate, 1 / sigma)), { delta: 1e-5 })
      expect(lower).toBeLessThanOrEqual(truth * (1 + 1e-14))
      expect(upper).toBeGreaterThanOrEqual(truth * (1 - 1e-14))
      expect(upper - lower).toBeLessThanOrEqual(1e-8 * upper)
    })
  }

  it('has losses beyond 709, where e^loss overflows and the other mass underflows', () => {
    const { upper, lower } = gridEpsilon(once(gaussianPair(shiftedWith(1, 50), unshifted)), { delta: 1e-5 })
    expect(lower).toBeLessThanOrEqual(1462.28501596478)
    expect(upper).toBeGreaterThanOrEqual(1462.28501596478)
    expect(upper - lower).toBeLessThanOrEqual(1e-5)
  })

  it('is found where a typical loss is some 1e-18 and a rare one is large', () => {
    const { upper, lower } = gridEpsilon(once(gaussianPair(shiftedWith(1e-18, 8), unshifted)), { delta: 1e-25 })
    const law = gaussianPair(shiftedWith(1e-18, 8), unshifted)
    const delta = (epsilon: number): number => law.cell(epsilon, Number.POSITIVE_INFINITY, emptyCell()).excess
    expect(upper).toBeLessThan(100)
    expect(delta(upper)).toBeLessThanOrEqual(1e-25)
    expect(delta(lower * (1 - 1e-6))).toBeGreaterThanOrEqual(1e-25)
  })

  it('shows its whole advantage at epsilon 0: q times that of the Gaussian at twice the distance', () => {
    for (const shift of [10, 20, 50, 1e3, 1e5]) {
      for (const rate of [0.5, 1e-3, 1e-6]) {
        // TV = q (P(N > -s) - P(N > s)) = q up to e^-50
        const truth = rate * normalInterval(-shift, shift)
        const { upper, lower } = gridDelta(once(replaced(rate, shift)), { epsilon: 0 })
        expect(lower).toBeLessThanOrEqual(truth)
        expect(upper).toBeGreaterThanOrEqual(truth)
        // Masses are off by u (s + t)^2 / 2.
        if (shift < 1e5) expect(upper / lower - 1).toBeLessThan((2e-13 * (10 + shift ** 2)) / rate)
      }
    }
  })

  it('has an excess between the humps that is as small as the loss', () => {
    // L(x) = log1p(q (E(x) - E(-x)) / B) with E(x) = e^(s x - s^2 / 2), about 2 q e^(-s^2 / 2) s x / (1 - q) near 0.
    const [rate, shift] = [0.5, 12]
    const law = replaced(rate, shift)
    const slope = (2 * rate * shift * Math.exp(-(shift ** 2) / 2)) / (1 - rate)
    const cell = law.cell(0, slope * 1e-4, emptyCell())
    const width = 1e-4
    expect(cell.p / ((1 - rate) * normalInterval(0, width))).toBeCloseTo(1, 6)
    expect(cell.excess / (((1 - rate) * slope * width ** 2) / 2 / Math.sqrt(2 * Math.PI))).toBeCloseTo(1, 4)
  })
})
