import { open, rename } from 'node:fs/promises'
import { CommandError } from './command-error.js'

/** Keeps how far a command is. Whatever happens, the file holds the old content or the new one. Throws a CommandError. */
export async function replaceStateFile(path: string, content: object): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`
  try {
    const handle = await open(draft, 'w', 0o600)
    try {
      await handle.writeFile(`${JSON.stringify(content, null, 2)}\n`)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(draft, path)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new CommandError(`cannot write the state file ${path}: ${reason}`, { cause: error })
  }
}
