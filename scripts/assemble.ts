/**
 * `npm run assemble`: compiles the modules of assembly/ and writes each, in base64, into src, for a package without files to fetch.
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Where each module goes. */
export const targets: Readonly<Record<string, string>> = {
  'assembly/kernels.ts': 'src/tfjs/host/binary.ts',
  'assembly/noise.ts': 'src/random/noise-binary.ts',
}

async function assemble(source: string): Promise<Uint8Array> {
  const { main } = await import('assemblyscript/asc')
  const outputs = new Map<string, Uint8Array | string>()
  const options = ['--outFile', 'module.wasm', '--optimizeLevel', '3', '--shrinkLevel', '0', '--noAssert', '--runtime', 'stub']
  const { error, stderr } = await main(
    [source, ...options, '--enable', 'simd', '--enable', 'bulk-memory', '--importMemory', '--use', 'abort='],
    { writeFile: (name: string, contents: Uint8Array | string) => void outputs.set(name, contents) },
  )
  if (error !== null) throw new Error(`${error.message}\n${stderr.toString()}`)
  return outputs.get('module.wasm') as Uint8Array
}

/** The text of the file that holds a module. */
export async function binaryModule(source: string): Promise<string> {
  const text = Buffer.from(await assemble(source)).toString('base64')
  const lines = text.match(/.{1,120}/g)?.map((line) => `'${line}'`) ?? []
  const about = `/** The compiled ${source}, in base64: written by \`npm run assemble\`, which a test repeats. */`
  // Literals added up, which a bundler drops where nobody wants them.
  return `${about}\nexport const binary: string =\n  ${lines.join(' +\n  ')}\n`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [source, target] of Object.entries(targets)) writeFileSync(target, await binaryModule(source))
}
