/**
 * `npm run assemble`: compiles assembly/kernels.ts and writes it, in base64, into src/tfjs/host/binary.ts, for a package without files to fetch.
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The module as bytes. */
export async function assemble(): Promise<Uint8Array> {
  const { main } = await import('assemblyscript/asc')
  const outputs = new Map<string, Uint8Array | string>()
  const options = ['--outFile', 'kernels.wasm', '--optimizeLevel', '3', '--shrinkLevel', '0', '--noAssert', '--runtime', 'stub']
  const { error, stderr } = await main(
    ['assembly/kernels.ts', ...options, '--enable', 'simd', '--enable', 'bulk-memory', '--importMemory', '--use', 'abort='],
    { writeFile: (name: string, contents: Uint8Array | string) => void outputs.set(name, contents) },
  )
  if (error !== null) throw new Error(`${error.message}\n${stderr.toString()}`)
  return outputs.get('kernels.wasm') as Uint8Array
}

export const target = 'src/tfjs/host/binary.ts'

/** The text of the file that holds the module. */
export async function binaryModule(): Promise<string> {
  const text = Buffer.from(await assemble()).toString('base64')
  const lines = text.match(/.{1,120}/g)?.map((line) => `  '${line}',`) ?? []
  const about = '/** The compiled assembly/kernels.ts, in base64: written by `npm run assemble`, which a test repeats. */'
  return `${about}\nexport const binary: string = [\n${lines.join('\n')}\n].join('')\n`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(target, await binaryModule())
