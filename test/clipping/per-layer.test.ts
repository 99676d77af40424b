import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { clipL2, perGroup, perLayer } from '../../src/clipping/index.ts'
import { InvalidParameterError } from '../../src/errors.ts'
import { nextDown } from '../../src/numeric/directed.ts'
import { anyBound, anyVector, within } from './exact.ts'

describe('perLayer', () => {
  it('clips each layer as clipL2 does', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyVector, anyBound), { minLength: 1, maxLength: 5 }), (parts) => {
        const layers = parts.map(([values], i) => (i % 2 === 0 ? Float64Array.from(values) : Float32Array.from(values)))
        const norms = parts.map(([, norm]) => norm)
        const before = layers.map((layer) => layer.slice())
        const { clip, clipInPlace } = perLayer({ norms })
        const clipped = clip(layers)
        expect(clipped).toEqual(layers.map((layer, i) => clipL2({ norm: norms[i] as number }).clip(layer)))
        expect(layers).toEqual(before)
        expect(clipInPlace(layers)).toBe(layers)
        expect(layers).toEqual(clipped)
      }),
      { numRuns: 500, seed: 41 },
    )
  })
  it('says the sensitivity of all layers together, rounded up', () => {
    fc.assert(
      fc.property(fc.array(anyBound, { minLength: 1, maxLength: 8 }), (norms) => {
        const { l2Sensitivity } = perLayer({ norms })
        expect(within(norms, 2, l2Sensitivity)).toBe(true)
        expect(within(norms, 2, nextDown(l2Sensitivity))).toBe(false)
      }),
      { numRuns: 500, seed: 42 },
    )
    expect(perLayer({ norms: [3, 4] }).l2Sensitivity).toBe(5)
  })
  it('blanks the layer with an entry that is not finite, and no other', () => {
    expect(perLayer({ norms: [1, 1] }).clip([[Number.NaN, 1], [0.5]])).toEqual([[0, 0], [0.5]])
  })
})

describe('perGroup', () => {
  it('holds the layers of a group within its norm together, whatever they are stored in', () => {
    fc.assert(
      fc.property(
        fc.array(anyVector, { minLength: 4, maxLength: 4 }),
        anyBound,
        anyBound,
        fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }),
        (values, first, second, order) => {
          const groups = order.map((place) => (place < 3 ? 0 : 1))
          const layers = values.map((v, i) => (i === 0 ? Float32Array.from(v) : i === 1 ? v : Float64Array.from(v)))
          const { clip, l2Sensitivity } = perGroup({ norms: [first, second], groups })
          const clipped = clip(layers)
          for (const [group, norm] of [first, second].entries()) {
            const flat = (list: readonly ArrayLike<number>[]): number[] =>
              list.filter((_, i) => groups[i] === group).flatMap((layer) => Array.from(layer))
            expect(within(flat(clipped), 2, norm)).toBe(true)
            const before = flat(layers)
            if (before.every(Number.isFinite) && within(before, 2, norm)) expect(flat(clipped)).toEqual(before)
          }
          if (l2Sensitivity < Infinity) {
            const all = clipped.flatMap((layer) => Array.from(layer as ArrayLike<number>))
            expect(within(all, 2, l2Sensitivity)).toBe(true)
          }
        },
      ),
      { numRuns: 800, seed: 43 },
    )
  })
  it('scales a group by one factor', () => {
    const [a, b, c] = perGroup({ norms: [1, 9], groups: [0, 1, 0] }).clip([[3], [8], Float64Array.of(4, 0)])
    expect((a as number[])[0]).toBeCloseTo(0.6, 12)
    expect(b).toEqual([8])
    expect([...(c as Float64Array)].map((x) => x.toFixed(9))).toEqual(['0.800000000', '0.000000000'])
  })
  it('takes a group without layers, and an entry that is not finite blanks its group', () => {
    const clipper = perGroup({ norms: [1, 1, 1], groups: [0, 0, 2] })
    expect(clipper.clip([[0.1], [Infinity], [0.5]])).toEqual([[0], [0], [0.5]])
    const layers = [[3], [4], [0.5]]
    expect(clipper.clipInPlace(layers)).toBe(layers)
    expect(layers[0]?.[0]).toBeCloseTo(0.6, 12)
    expect(layers[2]).toEqual([0.5])
  })
})

describe('what is refused', () => {
  it('by name', () => {
    expect(() => perLayer({ norms: [] })).toThrow('"norms"')
    expect(() => perLayer({ norms: [1, 0] })).toThrow('"norms[1]"')
    expect(() => perGroup({ norms: [1], groups: [0, 1] })).toThrow('"groups[1]"')
    expect(() => perGroup({ norms: [1], groups: [] })).toThrow('"groups"')
    expect(() => perLayer({ norms: [1, 1] }).clip([[1]])).toThrow('"layers" must be 2 vectors')
    expect(() => perLayer({ norms: [1] }).clip(['no'] as never)).toThrow('"layers.0"')
    expect(() => perLayer({ norms: [1] }).clip(null as never)).toThrow(InvalidParameterError)
  })
})
