import { describe, expect, it } from 'vitest'
import { InvalidParameterError, NumericalError } from '../../src/errors.ts'
import { realFft } from '../../src/numeric/fft.ts'
import { multiplySpectra, raiseSpectrum } from '../../src/numeric/spectrum.ts'
import vectors from '../vectors/numeric-fourier.json' with { type: 'json' }

type Power = [re: number, im: number, exponent: number, powerRe: string, powerIm: string, size: number]

/** z^p as an entry of a spectrum. */
function power(re: number, im: number, exponent: number): readonly [number, number] {
  const spectrum = Float64Array.of(1, 1, re, im)
  raiseSpectrum(spectrum, exponent)
  return [spectrum[2] as number, spectrum[3] as number]
}

describe('raiseSpectrum', () => {
  it('is within the bound of its header of 40 digits', () => {
    let largest = 0
    for (const [re, im, exponent, trueRe, trueIm, size] of vectors.powers as Power[]) {
      const [x, y] = power(re, im, exponent)
      const modulus = Math.hypot(Number(trueRe), Number(trueIm))
      const nearUnitCircle = Math.abs(Math.hypot(re, im) - 1) < 0.5 && Math.abs(im) > 0.1
      const bound = 2 ** -53 * (8 + 4 * size + (nearUnitCircle ? 4 * exponent : 0))
      const error = Math.hypot(x - Number(trueRe), y - Number(trueIm)) / (modulus || 1)
      expect(error).toBeLessThanOrEqual(bound)
      largest = Math.max(largest, error / bound)
    }
    // The bound is not a wide one.
    expect(largest).toBeGreaterThan(0.2)
  })

  it('keeps the digits of a spectrum near 1 under a high power', () => {
    // (1 + 2^-40)^(2^30), where repeated squaring would have lost 30 bits.
    const [x, y] = power(1 + 2 ** -40, 0, 2 ** 30)
    expect(x).toBe(Math.exp(2 ** 30 * Math.log1p(2 ** -40)))
    expect(y).toBe(0)
  })

  it('vanishes only below the smallest double', () => {
    expect(power(0, 0.5, 1072)[0]).toBe(2 ** -1072)
    expect(power(0.5, 0, 1074)[0]).toBe(2 ** -1074)
    expect(power(0.5, 0, 1077)).toEqual([0, 0])
    expect(power(0.5, 0.5, 1e6)).toEqual([0, 0])
    expect(power(1e-200, 0, 1)[0]).toBeCloseTo(1e-200, 213)
  })

  it('treats the two real entries as real', () => {
    const real = (x: number, exponent: number): number => {
      const spectrum = Float64Array.of(1, x, 0, 0)
      raiseSpectrum(spectrum, exponent)
      return spectrum[1] as number
    }
    expect(real(-0.5, 3)).toBeCloseTo(-0.125, 15)
    expect(real(-0.5, 4)).toBeCloseTo(0.0625, 15)
    expect(real(-1, 1e9 + 1)).toBe(-1)
    expect(real(-1, 2 ** 52)).toBe(1)
    expect(real(-1, 0.5)).toBeCloseTo(0, 15)
    expect(real(-4, 2.25)).toBeCloseTo(4 ** 2.25 * Math.SQRT1_2, 13)
    expect(real(0.25, 0.5)).toBeCloseTo(0.5, 15)
    expect(real(0, 0)).toBe(1)
    expect(real(0, 2)).toBe(0)
    const first = Float64Array.of(-2, 1)
    raiseSpectrum(first, 3)
    expect(first[0]).toBeCloseTo(-8, 13)
    expect(first[1]).toBe(1)
  })

  it('composes: the transform of n-fold convolution', () => {
    const plan = realFft(64)
    const die = new Float64Array(64).fill(1 / 6, 1, 7)
    plan.forward(die)
    raiseSpectrum(die, 5)
    plan.inverse(die)
    // Five dice: one way to 5, 780 ways to 17, of 7776.
    expect(die[5] as number).toBeCloseTo(1 / 7776, 15)
    expect(die[17] as number).toBeCloseTo(780 / 7776, 15)
    expect(die[31] as number).toBeCloseTo(0, 15)
  })

  it('refuses what has no finite power', () => {
    expect(() => raiseSpectrum(Float64Array.of(1, 1, 3, 4), 1e5)).toThrow(NumericalError)
    expect(() => raiseSpectrum(Float64Array.of(1, 1, 3, 4), 1e5)).toThrow(
      'the power 100000 of a spectrum is not finite: an entry is 3 + 4 i',
    )
    expect(() => raiseSpectrum(Float64Array.of(2, 1), 1e5)).toThrow('an entry is 2 + 0 i')
    expect(() => raiseSpectrum(Float64Array.of(1, Number.NaN), 2)).toThrow(NumericalError)
    expect(() => raiseSpectrum(Float64Array.of(1, 1, 0, Number.NaN), 2)).toThrow(NumericalError)
    for (const exponent of [-1, Number.NaN, Infinity]) {
      expect(() => raiseSpectrum(Float64Array.of(1, 1), exponent)).toThrow(InvalidParameterError)
      expect(() => raiseSpectrum(Float64Array.of(1, 1), exponent)).toThrow('"exponent" must be')
    }
  })
})

describe('multiplySpectra', () => {
  it('multiplies entry by entry, the first two as reals', () => {
    const a = Float64Array.of(2, 3, 1, 2, 5, -1)
    multiplySpectra(a, Float64Array.of(7, -1, 3, 4, 0, 2))
    expect(Array.from(a)).toEqual([14, -3, 3 - 8, 4 + 6, 2, 10])
  })
  it('squares in place', () => {
    const a = Float64Array.of(2, 3, 1, 2)
    multiplySpectra(a, a)
    expect(Array.from(a)).toEqual([4, 9, -3, 4])
  })
  it('refuses spectra of two sizes', () => {
    expect(() => multiplySpectra(new Float64Array(4), new Float64Array(8))).toThrow('"b.length" must be 4, got 8')
  })
})
