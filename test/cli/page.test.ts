import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chart } from '../../src/cli/chart.ts'
import { lines, list, type Page, pageOf, paragraph, table } from '../../src/cli/page.ts'

const plain = (width: number): Page => ({ width, terminal: false, bold: (text) => text, dim: (text) => text })
const sink = (isTTY: boolean, columns?: number) => ({ write: () => {}, isTTY, columns })
const widest = (text: string): number => Math.max(...text.split('\n').map((line) => line.length))

describe('the page that standard output is', () => {
  it.each([
    [false, undefined, 80],
    [true, 120, 100],
    [true, 72, 72],
    [true, 10, 40],
    [true, undefined, 80],
    [true, 0, 80],
  ])('terminal %s of %s columns: %s wide', (isTTY, columns, width) => {
    expect(pageOf({ stdout: sink(isTTY, columns), env: {} }).width).toBe(width)
  })
  it.each([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [true, { TERM: 'dumb' }, false],
  ])('terminal %s with %o: colour %s', (isTTY, env, expected) => {
    const page = pageOf({ stdout: sink(isTTY, 80), env: env as Record<string, string> })
    expect(page.bold('x') !== 'x').toBe(expected)
    expect(page.bold('')).toBe('')
  })
  it('is no terminal where the terminal is dumb', () => {
    expect(pageOf({ stdout: sink(true, 80), env: { TERM: 'dumb' } }).terminal).toBe(false)
    expect(pageOf({ stdout: sink(true, 80), env: {} }).terminal).toBe(true)
  })
})

describe('lines', () => {
  it('keep every word in its order, and to the width', () => {
    fc.assert(
      fc.property(
        fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { maxLength: 40 }),
        fc.integer({ min: 12, max: 60 }),
        (words, width) => {
          const made = lines(words.join(' '), width)
          expect(made.join(' ')).toBe(words.join(' '))
          for (const [i, line] of made.entries()) {
            expect(line.length).toBeLessThanOrEqual(width)
            const next = made[i + 1]?.split(' ')[0]
            if (next !== undefined) expect(line.length + 1 + next.length).toBeGreaterThan(width)
          }
        },
      ),
    )
  })
  it('give a long word its own line', () => expect(lines('a loooooong b', 4)).toEqual(['a', 'loooooong', 'b']))
  it('of a paragraph are indented', () => expect(paragraph('a b c', plain(5), 2)).toBe('  a b\n  c'))
})

describe('a table', () => {
  const columns = [
    { title: 'name', cells: ['a', 'bbbbbb'] },
    { title: 'figure', cells: ['1.5', '22'], align: 'right' as const },
    { title: 'why', cells: ['a good many words to fold', 'few'] },
  ]
  it('stands in columns', () => {
    expect(table(columns, plain(80))).toBe(
      ['  name    figure  why', '  a          1.5  a good many words to fold', '  bbbbbb      22  few'].join('\n'),
    )
  })
  it('folds its last column', () => {
    const wordy = [...columns.slice(0, 2), { title: 'why', cells: ['a good many words to fold, and then some more', 'few'] }]
    expect(table(wordy, plain(46))).toBe(
      [
        '  name    figure  why',
        '  a          1.5  a good many words to fold,',
        '                  and then some more',
        '  bbbbbb      22  few',
      ].join('\n'),
    )
  })
  it('puts it below its row where there is little room', () => {
    expect(table(columns, plain(40))).toBe(
      [
        '  name    figure',
        '      why',
        '  a          1.5',
        '      a good many words to fold',
        '  bbbbbb      22',
        '      few',
      ].join('\n'),
    )
  })
})

it('a list folds its explanations', () => {
  expect(
    list(
      [
        ['a', 'one two three four five six seven'],
        ['bbb', 'x'],
      ],
      plain(24),
    ),
  ).toBe(['  a    one two three', '       four five six', '       seven', '  bbb  x'].join('\n'))
})

describe('a chart', () => {
  const bars = [
    { name: 'step 1', value: 1, text: '1' },
    { name: 'step 10', value: 10, text: '10' },
    { name: 'step 20', value: 0, text: '0' },
  ]
  it.each([20, 40, 80, 100])('fills %i columns and no more', (width) => {
    const drawn = chart(bars, plain(width))
    expect(widest(drawn)).toBeLessThanOrEqual(width)
    expect(widest(drawn)).toBeGreaterThan(width - 4)
  })
  it('is in proportion', () => {
    expect(chart(bars, plain(30))).toBe(['   step 1  == 1', '  step 10  =============== 10', '  step 20  = 0'].join('\n'))
  })
  it('of nothing has no bars', () => {
    expect(chart([{ name: 'a', value: 0, text: '0' }], plain(20))).toBe('  a   0')
  })
})
