import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InvalidParameterError, SchemaError, UnsupportedEventError } from '../../src/errors.ts'
import { eventKinds } from '../../src/events/fields.ts'
import * as events from '../../src/events/index.ts'
import { anyEvent, examples } from '../properties/arbitrary-event.ts'
import { thrown } from '../thrown.ts'

const { composed, freeze, gaussian, parse, poissonSampled, repeated, walk } = events

describe('builders', () => {
  it('there is one builder for each kind, named after it', () => {
    for (const kind of eventKinds) {
      expect(events).toHaveProperty(kind)
      expect(examples[kind].kind).toBe(kind)
    }
  })
  it('make plain data with the fields of the contract, in order', () => {
    expect(JSON.stringify(poissonSampled({ samplingRate: 0.01, event: gaussian({ noiseMultiplier: 1.1 }) }))).toBe(
      '{"kind":"poissonSampled","samplingRate":0.01,"event":{"kind":"gaussian","noiseMultiplier":1.1}}',
    )
    expect(events.randomizedResponse({ epsilon: 1 })).toEqual({ kind: 'randomizedResponse', epsilon: 1, categories: 2 })
    expect(events.tree({ noiseMultiplier: 1, steps: 8 })).toEqual({
      kind: 'tree',
      noiseMultiplier: 1,
      steps: 8,
      participations: 1,
      separation: 1,
    })
    expect(Object.is(gaussian({ noiseMultiplier: -0 }).noiseMultiplier, 0)).toBe(true)
  })
  it('freeze all the way down and keep nothing of what the caller can still change', () => {
    const probabilities = [0.5, 0.5]
    const mixture = events.mixtureOfGaussians({ stddev: 1, sensitivities: [0, 1], probabilities })
    probabilities[0] = 7
    expect(mixture.probabilities).toEqual([0.5, 0.5])
    const list = [gaussian({ noiseMultiplier: 1 })]
    const all = composed(list)
    list.pop()
    expect(all.events).toHaveLength(1)
    for (const part of [mixture, mixture.probabilities, all, all.events]) expect(Object.isFrozen(part)).toBe(true)
  })
  it('take plain objects for events and copy them', () => {
    const plain = { kind: 'gaussian', noiseMultiplier: 1 } as const
    const event = repeated({ times: 2, event: plain })
    expect(event.event).toEqual(plain)
    expect(Object.isFrozen(event.event)).toBe(true)
    expect(Object.isFrozen(plain)).toBe(false)
  })
  it('say nothing happened where nothing did', () => {
    expect(composed([]).events).toEqual([])
    expect(repeated({ times: 0, event: gaussian({ noiseMultiplier: 1 }) }).times).toBe(0)
  })
})

describe('errors of builders', () => {
  const cases: [string, () => unknown, string][] = [
    ['range', () => gaussian({ noiseMultiplier: -1 }), '"noiseMultiplier" must be a finite number >= 0, got -1'],
    ['NaN', () => gaussian({ noiseMultiplier: Number.NaN }), '"noiseMultiplier" must be a finite number >= 0, got NaN'],
    ['type', () => gaussian({ noiseMultiplier: '1' as never }), '"noiseMultiplier" must be a finite number >= 0, got "1"'],
    ['missing', () => gaussian({} as never), '"noiseMultiplier" must be a finite number >= 0, got undefined'],
    ['no options', () => gaussian(undefined as never), '"options" must be an options object, got undefined'],
    [
      'stray field',
      () => gaussian({ noiseMultiplier: 1, noiseMultplier: 2 } as never),
      '"noiseMultplier" must be left out: gaussian has no such field (did you mean "noiseMultiplier"?), got 2',
    ],
    [
      'rate',
      () => poissonSampled({ samplingRate: 1.5, event: events.nonPrivate() }),
      '"samplingRate" must be in [0, 1], got 1.5',
    ],
    [
      'lossy integer',
      () => repeated({ times: 2 ** 53, event: events.nonPrivate() }),
      '"times" must be an integer of at most 2^53 - 1, past which a double skips integers, got 9007199254740992',
    ],
    ['fraction', () => repeated({ times: 1.5, event: events.nonPrivate() }), '"times" must be an integer >= 0, got 1.5'],
    ['list', () => composed('gaussian' as never), '"events" must be an array of events, got "gaussian"'],
    [
      'inner event',
      () => composed([events.nonPrivate(), { kind: 'pure', epsilon: -1 }]),
      '"events[1].epsilon" must be a finite number >= 0, got -1',
    ],
    [
      'missing event',
      () => repeated({ times: 1 } as never),
      '"event" must be an event, such as gaussian({ noiseMultiplier: 1 }), got undefined',
    ],
    ['kind', () => freeze({ kind: 7 } as never), '"kind" must be the name of a kind of event, got 7'],
    [
      'hole',
      () => composed(new Array(1)),
      '"events[0]" must be an event, such as gaussian({ noiseMultiplier: 1 }), got undefined',
    ],
    [
      'sampling more than there is',
      () => events.fixedSizeSampled({ sampleSize: 11, populationSize: 10, event: events.nonPrivate() }),
      '"sampleSize" must be at most the populationSize (10), got 11',
    ],
    [
      'lengths',
      () => events.mixtureOfGaussians({ stddev: 1, sensitivities: [1], probabilities: [0.5, 0.5] }),
      '"probabilities" must be as long as the sensitivities (1), got an array of 2',
    ],
    [
      'no distribution',
      () => events.mixtureOfGaussians({ stddev: 1, sensitivities: [1, 2], probabilities: [0.5, 0.25] }),
      '"probabilities" must be a distribution: a sum of 1, got 0.75',
    ],
    [
      'too many participations',
      () => events.tree({ noiseMultiplier: 1, steps: 10, participations: 5, separation: 3 }),
      '"participations" must be at most 4 (10 steps, 3 apart), got 5',
    ],
    [
      'no runs',
      () => events.repeatAndSelect({ mean: 0.5, shape: 0, event: events.pure({ epsilon: 1 }) }),
      `"mean" must be at least 1 unless the shape is 'poisson' (zero runs are truncated away), got 0.5`,
    ],
    [
      'shape',
      () => events.repeatAndSelect({ mean: 2, shape: 'geometric' as never, event: events.pure({ epsilon: 1 }) }),
      `"shape" must be a finite number > -1 or 'poisson', got "geometric"`,
    ],
    ['visitor', () => walk(events.nonPrivate(), 1 as never), '"visit" must be a function, got 1'],
  ]
  it.each(cases)('%s', (_, call, message) => {
    const error = thrown(call)
    expect(error).toBeInstanceOf(InvalidParameterError)
    expect(error.message).toBe(message)
  })
  it('an unknown kind is unsupported, at its path, with the nearest known one', () => {
    const error = thrown(() => composed([{ kind: 'gausian', noiseMultiplier: 1 } as never])) as UnsupportedEventError
    expect(error).toBeInstanceOf(UnsupportedEventError)
    expect(error).toMatchObject({ path: 'events[0]', kind: 'gausian' })
    expect(error.message).toBe('event "gausian" at "events[0]" is not supported: did you mean "gaussian"?')
    // Names of Object.prototype are no kinds.
    expect(thrown(() => freeze({ kind: 'constructor' } as never))).toBeInstanceOf(UnsupportedEventError)
  })
  it('an event may sit a hundred deep, and not deeper', () => {
    let event: events.PrivacyEvent = gaussian({ noiseMultiplier: 1 })
    for (let level = 2; level <= 100; level++) event = repeated({ times: 1, event })
    expect(parse(JSON.stringify(event))).toEqual(event)
    expect(thrown(() => repeated({ times: 1, event })).message).toMatch(/"event" must be nested at most 100 deep/)
    const cycle: Record<string, unknown> = { kind: 'repeated', times: 1 }
    cycle['event'] = cycle
    expect(thrown(() => freeze(cycle as never)).message).toMatch(/nested at most 100 deep/)
  })
  it('an error that is not about the parameter passes through', () => {
    const hostile = {
      get noiseMultiplier(): number {
        throw new TypeError('mine')
      },
    }
    expect(() => gaussian(hostile)).toThrow(TypeError)
  })
})

describe('parse', () => {
  it('gives back what JSON.stringify was given', () => {
    fc.assert(
      fc.property(anyEvent(), (event) => {
        const copy = parse(JSON.stringify(event))
        expect(copy).toEqual(event)
        expect(JSON.stringify(copy)).toBe(JSON.stringify(event))
        expect(parse(JSON.parse(JSON.stringify(event)))).toEqual(event)
        expect(freeze(event)).toBe(event)
      }),
      { numRuns: 300 },
    )
  })
  it('gives a field that an older writer left out its default', () => {
    expect(parse('{"kind":"randomizedResponse","epsilon":1}')).toEqual(events.randomizedResponse({ epsilon: 1 }))
  })
  it('reads a text with a byte order mark', () => {
    expect(parse('\uFEFF{"kind":"nonPrivate"}')).toEqual(events.nonPrivate())
  })
  it('lists every fault with its path', () => {
    const error = thrown(() =>
      parse(
        '{"kind":"composed","events":[{"kind":"gaussian"},{"kind":"pure","epsilon":1,"eps":2},{"kind":"x"},[],{"kind":"repeated"},{"kind":"approximate"}]}',
      ),
    ) as SchemaError
    expect(error).toBeInstanceOf(SchemaError)
    expect(error.issues).toEqual([
      { path: 'events[0].noiseMultiplier', message: '"events[0].noiseMultiplier" must be a finite number >= 0, got undefined' },
      { path: 'events[1].eps', message: '"events[1].eps" must be left out: pure has no such field, got 2' },
      { path: 'events[2]', message: 'event "x" at "events[2]" is not supported: no such kind is known' },
      {
        path: 'events[3]',
        message: '"events[3]" must be an event, such as gaussian({ noiseMultiplier: 1 }), got an array of 0',
      },
      { path: 'events[4].times', message: '"events[4].times" must be an integer >= 0, got undefined' },
      {
        path: 'events[4].event',
        message: '"events[4].event" must be an event, such as gaussian({ noiseMultiplier: 1 }), got undefined',
      },
      { path: 'events[5].epsilon', message: '"events[5].epsilon" must be a finite number >= 0, got undefined' },
      { path: 'events[5].delta', message: '"events[5].delta" must be in [0, 1], got undefined' },
    ])
    expect(Object.isFrozen(error.issues)).toBe(true)
  })
  it('stops after a hundred faults', () => {
    const text = JSON.stringify({ kind: 'composed', events: Array.from({ length: 1000 }, () => ({ kind: 'pure' })) })
    expect((thrown(() => parse(text)) as SchemaError).issues).toHaveLength(100)
  })
  it('does not quote a text that is not JSON', () => {
    const error = thrown(() => parse('name;salary\nAda;100000'))
    expect(error).toBeInstanceOf(SchemaError)
    expect(error.message).toBe('the event is not valid: the text is not JSON')
  })
  it('a prototype in the text is a stray field', () => {
    expect(thrown(() => parse('{"kind":"nonPrivate","__proto__":{"epsilon":1}}'))).toBeInstanceOf(SchemaError)
  })
  it('survives a text nested a hundred thousand deep', () => {
    const depth = 100_000
    const text = `${'{"kind":"repeated","times":1,"event":'.repeat(depth)}null${'}'.repeat(depth)}`
    expect(thrown(() => parse(text))).toBeInstanceOf(SchemaError)
  })
  it('reads a million events', () => {
    const million = composed(Array.from({ length: 1_000_000 }, () => examples.gaussian))
    const copy = parse(JSON.stringify(million)) as events.ComposedEvent
    expect(copy.events).toHaveLength(1_000_000)
    let seen = 0
    walk(copy, () => {
      seen += 1
    })
    expect(seen).toBe(1_000_001)
  })
})

describe('walk', () => {
  it('visits in document order with paths', () => {
    const inner = gaussian({ noiseMultiplier: 1 })
    const event = composed([inner, repeated({ times: 3, event: composed([inner]) })])
    const seen: string[] = []
    walk(event, ({ kind }, path) => seen.push(`${path}:${kind}`))
    expect(seen).toEqual([
      ':composed',
      'events[0]:gaussian',
      'events[1]:repeated',
      'events[1].event:composed',
      'events[1].event.events[0]:gaussian',
    ])
  })
})
