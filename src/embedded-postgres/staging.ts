import {
  access,
  chmod,
  constants,
  copyFile,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
} from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { z } from 'zod'
import { errorCode } from './embedded-postgres-error.js'
import type { PlatformPackage } from './platform-package.js'

const symlinkList = z.array(z.object({ source: z.string(), target: z.string() }))

/** Only what building C extensions needs. */
const unneeded = /\.a$|(^|\/)(pgxs|pkgconfig|include)(\/|$)/

/** Whether the package can be used where it is: npm packs no symlinks, and may run no script that makes them. */
export async function isUsableInPlace({ native }: PlatformPackage): Promise<boolean> {
  try {
    await access(join(native, 'bin', 'postgres'), constants.X_OK)
    await access(join(native, 'bin', 'initdb'), constants.X_OK)
    await Promise.all((await readSymlinks(native)).map(({ path }) => access(join(native, path))))
    return true
  } catch {
    return false
  }
}

/**
 * Copies the package into `home`, once a version, and returns the copy. Processes that do so at the same time
 * do not disturb each other: each makes its own copy and renames it.
 */
export async function stagePackage(
  source: PlatformPackage,
  home: string,
  tryOut: (folder: string) => Promise<void>,
): Promise<string> {
  await makeTrustedFolder(home)
  const target = join(home, source.label)
  if (await isComplete(source.native, target)) return target
  const copy = await mkdtemp(join(home, '.incomplete-'))
  try {
    await copyPackage(source.native, copy)
    await tryOut(copy)
    // A copy that a tidier of temporary folders has thinned out is moved away; whoever runs from it goes on.
    while (!(await moveTo(copy, target)) && !(await isComplete(source.native, target))) {
      await moveTo(target, `${copy}-old`)
    }
    return target
  } finally {
    await rm(copy, { recursive: true, force: true })
    await rm(`${copy}-old`, { recursive: true, force: true })
  }
}

/** Nobody else may be able to put programs there: the folder is ours, and only we can write to it. */
async function makeTrustedFolder(home: string): Promise<void> {
  await mkdir(dirname(home), { recursive: true })
  try {
    await mkdir(home)
    await chmod(home, 0o755)
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
  }
  const found = await lstat(home)
  if (!found.isDirectory() || found.uid !== process.geteuid?.() || (found.mode & 0o022) !== 0) {
    throw new Error(`${home} is not a folder that only this user can write to`)
  }
}

async function copyPackage(native: string, copy: string): Promise<void> {
  await chmod(copy, 0o755)
  // Parents come before what is in them, and chmod makes the copy independent of our umask.
  for (const { path, isFolder } of await listPackage(native)) {
    const target = join(copy, path)
    if (isFolder) await mkdir(target)
    else await copyFile(join(native, path), target)
    await chmod(target, isFolder || path.startsWith('bin/') ? 0o755 : 0o644)
  }
  for (const { path, to } of await readSymlinks(native)) await symlink(to, join(copy, path))
}

async function moveTo(source: string, target: string): Promise<boolean> {
  try {
    await rename(source, target)
    return true
  } catch (error) {
    const code = errorCode(error)
    // Somebody else's copy came first, or moved the old one away first.
    if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOENT') return false
    throw error
  }
}

async function isComplete(native: string, target: string): Promise<boolean> {
  const present = new Set(await readdir(target, { recursive: true }).catch(() => []))
  if (present.size === 0) return false
  const needed = [...(await listPackage(native)), ...(await readSymlinks(native))]
  return needed.every(({ path }) => present.has(path))
}

async function listPackage(native: string): Promise<{ path: string; isFolder: boolean }[]> {
  const entries = await readdir(native, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile() || entry.isDirectory())
    .map((entry) => ({
      path: relative(native, join(entry.parentPath, entry.name)),
      isFolder: entry.isDirectory(),
    }))
    .filter(({ path }) => !unneeded.test(path))
    .sort((a, b) => (a.path < b.path ? -1 : 1))
}

async function readSymlinks(native: string): Promise<{ path: string; to: string }[]> {
  const text = await readFile(join(native, 'pg-symlinks.json'), 'utf8')
  return symlinkList.parse(JSON.parse(text)).map(({ source, target }) => ({
    path: relative('native', target),
    to: relative(dirname(target), source),
  }))
}
