import { describe, expect, it } from 'vitest'
import { InvalidParameterError, PrivacyError } from '../src/errors.ts'
import { nearest, number } from '../src/guard.ts'

describe('guard', () => {
  it('names parameter, requirement and value in one shape', () => {
    expect(() => number('delta', 1.2, { atLeast: 0, below: 1 })).toThrow('"delta" must be in [0, 1), got 1.2')
    expect(() => number('delta', Number.NaN)).toThrow(InvalidParameterError)
  })
  it('suggests the nearest word', () => {
    expect(nearest('noiseMultplier', ['noiseMultiplier', 'steps'])).toBe('noiseMultiplier')
    expect(nearest('zzz', ['noiseMultiplier', 'steps'])).toBeUndefined()
  })
  it('a foreign copy of an error is recognised by its footprint', () => {
    const foreign = Object.assign(new Error('x'), { [Symbol.for('indistinct.error')]: 'INVALID_PARAMETER' })
    expect(foreign).toBeInstanceOf(InvalidParameterError)
    expect(foreign).toBeInstanceOf(PrivacyError)
    expect(new Error('x')).not.toBeInstanceOf(PrivacyError)
  })
})
