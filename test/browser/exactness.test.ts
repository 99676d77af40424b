import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Report } from './page.ts'

/** Of playwright-core, which is no dependency: what is used. */
type Page = { goto: (url: string) => Promise<unknown>; evaluate: <T>(code: string) => Promise<T> }
type Browser = { newPage: () => Promise<Page>; close: () => Promise<void> }
type Playwright = { chromium: { launch: (options: object) => Promise<Browser> } }

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

/** Where it is installed, or in the folder that PLAYWRIGHT_CORE names. */
function playwright(): Playwright | undefined {
  for (const from of [import.meta.url, process.env['PLAYWRIGHT_CORE']]) {
    try {
      if (from !== undefined) return createRequire(from)('playwright-core') as Playwright
    } catch {
      // Not there.
    }
  }
  return undefined
}

const driver = playwright()
const missing = driver === undefined ? 'playwright-core' : existsSync(executablePath) ? undefined : 'Chromium'
if (missing !== undefined)
  console.warn(`test/browser is skipped: there is no ${missing} (CHROMIUM and PLAYWRIGHT_CORE say where they are)`)

const flags = [
  '--no-sandbox',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const software = ['--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist']

describe.skipIf(missing !== undefined)('in headless Chromium, against a loop over single examples', () => {
  let server: Server
  let browser: Browser
  let address: string
  beforeAll(async () => {
    const { outputFiles } = await build({
      entryPoints: [fileURLToPath(new URL('page.ts', import.meta.url))],
      bundle: true,
      write: false,
      format: 'iife',
      logLevel: 'error',
      define: { 'process.env': '{}' },
    })
    const script = outputFiles[0]?.text ?? ''
    const binaries = new URL('.', import.meta.resolve('@tensorflow/tfjs-backend-wasm'))
    server = createServer(async ({ url = '/' }, response) => {
      if (url.startsWith('/wasm/')) {
        response.setHeader('content-type', 'application/wasm')
        response.end(await readFile(new URL(basename(url), binaries)))
      } else if (url === '/page.js') response.setHeader('content-type', 'text/javascript').end(script)
      else response.setHeader('content-type', 'text/html').end('<!doctype html><script src="/page.js"></script>')
    })
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    browser = await (driver as Playwright).chromium.launch({ executablePath, args: [...flags, ...software] })
  }, 120_000)
  afterAll(async () => {
    await browser?.close()
    server?.close()
  })
  it.each(['cpu', 'wasm', 'webgl'])(
    '%s',
    async (backend) => {
      const page = await browser.newPage()
      await page.goto(address)
      const report = await page.evaluate<Report>(`run('${backend}')`)
      expect(report.backend).toBe(backend)
      const worst = Object.entries(report.errors).map(([name, { norms, clippedSum, withoutData, leaked }]) => {
        expect(leaked, name).toBe(0)
        return [name, Math.max(norms, clippedSum, withoutData)] as const
      })
      console.info(
        backend,
        report.kernels ? 'with kernels' : 'without',
        worst.map(([name, error]) => `${name} ${error.toExponential(1)}`).join(', '),
      )
      for (const [name, error] of worst) expect(error, name).toBeLessThan(5e-6)
    },
    120_000,
  )
  it('webgl of 16 bits is refused', async () => {
    const page = await browser.newPage()
    await page.goto(address)
    await expect(page.evaluate(`halfPrecision()`)).rejects.toThrow('computes with 16 bits')
  }, 120_000)
})
