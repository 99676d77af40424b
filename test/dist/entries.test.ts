import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import * as accounting from '../../src/accounting/index.ts'
import * as events from '../../src/events/index.ts'
import * as front from '../../src/index.ts'
import * as random from '../../src/random/index.ts'
import * as testing from '../../src/testing/index.ts'
import { runtimes } from './runtimes.ts'

const consumer = inject('consumer')
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: Record<string, unknown>; version: string }

/** What each entry point must offer, by the names in its source. */
const doors: Record<string, object> = {
  indistinct: front,
  'indistinct/accounting': accounting,
  'indistinct/events': events,
  'indistinct/random': random,
  'indistinct/testing': testing,
}

/** Noise from a seeded stream, which has to be the same on every engine, to the last bit. */
const seededNoise = `
const insecureRandom = insecureSeeded(20)
const noise = []
for (const scale of [0.5, 10, 2 ** 20, 2 ** 40]) {
  for (const sampler of [discreteLaplaceSampler({ scale, insecureRandom }), discreteGaussianSampler({ stddev: scale, insecureRandom })]) {
    for (let i = 0; i < 500; i++) noise.push(sampler.sample())
  }
  for (const adder of [gaussianAdder({ stddev: scale, insecureRandom }), gridLaplace({ l1Sensitivity: 1, epsilon: 1 / scale, insecureRandom })]) {
    for (let i = 0; i < 500; i++) noise.push(adder.release(i / 3))
  }
}
`

const script = (load: string) => `
const names = {}
for (const door of ${JSON.stringify(Object.keys(doors))}) names[door] = Object.keys(${load}).sort()
const { events, secureRandom, InvalidParameterError } = ${load.replace('door', "'indistinct'")}
const { gaussian } = ${load.replace('door', "'indistinct/events'")}
const { insecureSeeded } = ${load.replace('door', "'indistinct/testing'")}
const { discreteLaplaceSampler, discreteGaussianSampler, gaussianAdder, gridLaplace } = ${load.replace('door', "'indistinct/random'")}
const { epsilon } = ${load.replace('door', "'indistinct/accounting'")}
secureRandom()
${seededNoise}
let refused
try { gaussian({ noiseMultiplier: -1 }) } catch (error) { refused = error }
console.log(JSON.stringify({
  names,
  sameFunction: gaussian === events.gaussian,
  sameError: refused instanceof InvalidParameterError && refused.code,
  event: events.parse('{"kind":"gaussian","noiseMultiplier":1}'),
  epsilon: epsilon(gaussian({ noiseMultiplier: 1 }), { delta: 1e-5 }).upper.toFixed(9),
  noise,
}))
`

const expected = {
  names: Object.fromEntries(Object.entries(doors).map(([door, module]) => [door, Object.keys(module).sort()])),
  sameFunction: true,
  sameError: 'INVALID_PARAMETER',
  event: { kind: 'gaussian', noiseMultiplier: 1 },
  // The last bits of Math.exp are each engine's own.
  epsilon: '4.377178096',
  noise: new Function(...Object.keys(random), 'insecureSeeded', `${seededNoise}; return noise`)(
    ...Object.values(random),
    testing.insecureSeeded,
  ),
}

describe('every entry point by its name', () => {
  beforeAll(() => {
    writeFileSync(join(consumer, 'load.mjs'), script('await import(door)'))
    writeFileSync(join(consumer, 'load.cjs'), script('require(door)'))
  })
  it('the list above is the list in package.json, but for the door that wants TensorFlow.js', () => {
    const names = Object.keys(manifest.exports).map((key) => key.replace('.', 'indistinct'))
    expect(names.sort()).toEqual([...Object.keys(doors), 'indistinct/package.json', 'indistinct/tfjs'].sort())
  })
  describe.each(runtimes())('$name', ({ path }) => {
    it.each(['load.mjs', 'load.cjs'])('%s', (file) => {
      expect(JSON.parse(execFileSync(path, [file], { cwd: consumer, encoding: 'utf8' }))).toEqual(expected)
    })
    it('knows its version', () => {
      const code = 'import("indistinct/package.json", { with: { type: "json" } }).then((m) => console.log(m.default.version))'
      const found = execFileSync(path, ['-e', code], { cwd: consumer, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      expect(found.trim()).toBe(manifest.version)
    })
  })
})
