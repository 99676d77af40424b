import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isPlainObject } from '../../src/guard.ts'
import type { Call } from './call.ts'
import { calls, doors } from './calls.ts'
import { anything, neverRight, numbersIn, outcome, perhapsRight } from './hostile.ts'

type Exported = readonly [name: string, call: (...args: readonly unknown[]) => unknown, right: Call]

/** Every exported function but the error classes, once. */
const exported: Exported[] = []
const missing: string[] = []
for (const [door, module] of Object.entries(doors)) {
  for (const [name, value] of Object.entries(module)) {
    if (typeof value !== 'function' || value.prototype instanceof Error) continue
    const own = `${door} ${name}`
    const key = own in calls ? own : name
    const right = calls[key]
    if (right === undefined) missing.push(own)
    else if (!exported.some(([known]) => known === key)) exported.push([key, value as Exported[1], right])
  }
}

/** The answer to a call: no NaN in it, or a refusal with a readable message. */
function answer(
  call: () => unknown,
  { returnsData, mayGiveUp }: Pick<Call, 'returnsData' | 'mayGiveUp'>,
): { readonly refused: boolean; readonly message: string } {
  const result = outcome(call, mayGiveUp)
  if ('refusal' in result) {
    expect(result.refusal.message).toMatch(/\S/)
    expect(result.refusal.message.length).toBeLessThan(1000)
    return { refused: true, message: result.refusal.message }
  }
  if (!returnsData) for (const value of numbersIn(result.value)) expect(value).not.toBeNaN()
  return { refused: false, message: '' }
}

/** The arguments with one of them replaced. */
const withArgument = (args: readonly unknown[], place: number, value: unknown): unknown[] => args.with(place, value)

describe('every exported function', () => {
  it('has a right call to be spoiled', () => {
    expect(missing).toEqual([])
  })
  it('and there is no call without its function', () => {
    expect(Object.keys(calls).filter((name) => !exported.some(([known]) => known === name))).toEqual([])
  })
})

describe.each(exported)('%s', (_, call, right) => {
  const { args, accepts = {}, gives } = right
  const result = (...given: readonly unknown[]): ReturnType<typeof answer> => answer(() => call(...given), right)

  it('takes the right call', () => {
    expect(result(...args)).toEqual({ refused: false, message: '' })
  })
  it.each(args.map((_, place) => place))('refuses argument %i where it is wrong', (place) => {
    for (const wrong of neverRight) {
      const { refused } = result(...withArgument(args, place, wrong))
      expect(refused || (accepts[place]?.(wrong) ?? false), String(wrong)).toBe(true)
    }
    for (const perhaps of perhapsRight) result(...withArgument(args, place, perhaps))
  })
  if (gives !== undefined) {
    it('gives back a function that refuses what is wrong', () => {
      const given = gives(call(...args))
      for (const wrong of neverRight) expect(answer(() => given(wrong), right).refused, String(wrong)).toBe(true)
      for (const perhaps of perhapsRight) answer(() => given(perhaps), right)
      fc.assert(
        fc.property(anything, (any) => {
          answer(() => given(any), right)
        }),
        { numRuns: 100 },
      )
    })
  }

  describe.each(args.flatMap((options, place) => (isPlainObject(options) ? [[place, options] as const] : [])))(
    'argument %i',
    (place, options) => {
      const spoiled = (fields: object): ReturnType<typeof answer> => result(...withArgument(args, place, fields))

      it('refuses each field where it is wrong, by its name', () => {
        for (const field of Object.keys(options)) {
          for (const wrong of neverRight) {
            if (accepts[field]?.(wrong)) continue
            const { refused, message } = spoiled({ ...options, [field]: wrong })
            expect(refused, `${field}: ${String(wrong)}`).toBe(true)
            expect(message).toContain(field)
          }
          for (const perhaps of perhapsRight) {
            const { refused, message } = spoiled({ ...options, [field]: perhaps })
            if (refused) expect(message.length, `${field}: ${String(perhaps)}`).toBeGreaterThan(10)
          }
        }
      })
      it('takes a missing field as its default or refuses', () => {
        for (const field of Object.keys(options)) {
          const { [field]: _, ...rest } = options
          spoiled(rest)
          spoiled({ ...options, [field]: undefined })
        }
      })
      it('refuses a field that it does not know', () => {
        const { refused, message } = spoiled({ ...options, strayField: 1 })
        expect(refused).toBe(true)
        expect(message).toContain('strayField')
      })
      it('has an answer to anything', () => {
        const field = fc.constantFrom(...Object.keys(options), 'strayField')
        fc.assert(
          fc.property(field, anything, (name, value) => {
            spoiled({ ...options, [name]: value })
          }),
          { numRuns: 200 },
        )
      })
    },
  )
  it('has an answer to any arguments', () => {
    fc.assert(
      fc.property(fc.tuple(...args.map(() => anything)), (any) => {
        result(...any)
      }),
      { numRuns: 100 },
    )
  })
})
