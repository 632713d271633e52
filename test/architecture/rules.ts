import type { SourceFile } from './source-file.js'

/** Each rule answers with what breaks it, a line each; an empty list where nothing does. */
export type Rule = (files: readonly SourceFile[]) => string[]

const PURE = ['src/lineage', 'src/errors', 'src/util']

/**
 * The one-way map of imports: what each place may import beside itself. The longest place that holds a file
 * counts. CONTRIBUTING.md has the same map in words.
 */
export const MAY_IMPORT: Record<string, readonly string[]> = {
  'src/util': [],
  'src/errors': ['src/util'],
  'src/lineage': ['src/errors', 'src/util'],
  'src/store': PURE,
  'src/store/prisma': ['src/store', 'prisma/generated', ...PURE],
  'src/loaders': ['src/store', ...PURE],
  'src/use-cases': ['src/loaders', 'src/store', ...PURE],
  'src/context.ts': ['src/use-cases', 'src/loaders', 'src/store', ...PURE],
  resolvers: ['src/context.ts', 'src/use-cases', 'src/loaders', 'src/store', ...PURE],
  'src/embedded-postgres': ['src/errors', 'src/util'],
  'src/server': [
    'resolvers',
    'src/context.ts',
    'src/use-cases',
    'src/loaders',
    'src/store',
    'src/embedded-postgres',
    ...PURE,
  ],
  'src/cli': [
    'src/server',
    'src/embedded-postgres',
    'src/lineage/recording',
    'src/errors',
    'src/util',
    'schema',
  ],
  // A package by itself: what it takes from the schema is generated into it.
  'clients/typescript': ['schema'],
  // A page of the public API alone.
  explorer: ['clients/typescript'],
  'src/cli/import': ['src/cli', 'src/lineage/recording', 'src/errors', 'src/util', 'schema'],
}

/** Who may import what nobody else may: files, and packages (`@prisma/` stands for all that begin so). */
const ONLY_FOR: Record<string, readonly string[]> = {
  resolvers: ['resolvers', 'src/server'],
  'src/store/prisma': ['src/store/prisma', 'src/server'],
  'src/embedded-postgres': ['src/embedded-postgres', 'src/server', 'src/cli'],
  'src/cli': ['src/cli'],
  'prisma/generated': ['src/store/prisma'],
  '@prisma/': ['src/store/prisma'],
  // What is imported is another system's database, of which the store knows nothing.
  pg: ['src/store/prisma', 'src/cli/import'],
}

/** All that the pure core needs from outside: hashes and ids, shapes that are read, values that are compared. */
const PURE_PACKAGES = ['node:crypto', 'node:util', 'uuid', 'zod']

/** Where the environment is read. */
const READS_ENVIRONMENT = [
  'src/cli',
  'src/server/config.ts',
  // Not settings of Headwater: where this user's caches are, and the PATH for the programs it starts.
  'src/embedded-postgres/binaries.ts',
  'src/embedded-postgres/process-identity.ts',
  'src/embedded-postgres/programs.ts',
]

/** A library has no other log than its application's console. */
const WRITES_TO_CONSOLE = ['clients/typescript/src/log.ts']

const LARGEST_RESOLVER_FILE = 400

function holds(place: string, path: string): boolean {
  return path === place || path.startsWith(place.endsWith('/') ? place : `${place}/`)
}

function placeOf(path: string): string | undefined {
  return Object.keys(MAY_IMPORT)
    .filter((place) => holds(place, path))
    .sort((a, b) => b.length - a.length)[0]
}

/** Every import follows the map. */
export const importsFollowTheMap: Rule = (files) =>
  files.flatMap(({ path, imports }) => {
    const place = placeOf(path)
    if (place === undefined) return `${path} is in no place of the map`
    const allowed = [place, ...(MAY_IMPORT[place] ?? [])]
    return imports
      .filter(({ isPackage, target }) => !isPackage && !allowed.some((other) => holds(other, target)))
      .map(({ target }) => `${path} imports ${target}`)
  })

/** What belongs to some is imported by nobody else. */
export const importersAreAllowed: Rule = (files) =>
  files.flatMap(({ path, imports }) =>
    imports.flatMap(({ target }) =>
      Object.entries(ONLY_FOR)
        .filter(([what, importers]) => holds(what, target) && !importers.some((place) => holds(place, path)))
        .map(() => `${path} imports ${target}`),
    ),
  )

/** src/lineage and all that it imports, however indirectly, does no I/O. */
export const coreIsPure: Rule = (files) => {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const reached = new Set(files.filter(({ path }) => holds('src/lineage', path)))
  for (const { imports } of reached) {
    for (const { target } of imports) {
      const file = byPath.get(target)
      if (file !== undefined) reached.add(file)
    }
  }
  return [...reached].flatMap(({ path, imports }) =>
    imports
      .filter(({ isPackage, target }) => isPackage && !PURE_PACKAGES.includes(target))
      .map(({ target }) => `${path} imports ${target}`),
  )
}

/** No file imports itself by way of others. What is gone at run time does not count. */
export const noCycles: Rule = (files) => {
  const targets = new Map(
    files.map(({ path, imports }) => [
      path,
      imports.filter(({ isType }) => !isType).map(({ target }) => target),
    ]),
  )
  const done = new Set<string>()
  const cycles: string[] = []
  const visit = (path: string, trail: readonly string[]) => {
    const start = trail.indexOf(path)
    if (start >= 0) cycles.push([...trail.slice(start), path].join(' → '))
    if (start >= 0 || done.has(path)) return
    for (const target of targets.get(path) ?? []) visit(target, [...trail, path])
    done.add(path)
  }
  for (const path of targets.keys()) visit(path, [])
  return cycles
}

/** Every exported name says what it is, but for those that are generated from what says it. */
export const exportsAreDocumented: Rule = (files) =>
  files
    .filter(({ path }) => !path.endsWith('.generated.ts'))
    .flatMap(({ path, undocumented }) => undocumented.map((name) => `${path}: ${name}`))

/** Output goes through the logger or a command's own stream. */
export const noConsole: Rule = (files) =>
  files
    .filter(({ path }) => !WRITES_TO_CONSOLE.some((place) => holds(place, path)))
    .flatMap(({ consoleUses }) => consoleUses)

/** Settings are read in one place. */
export const environmentIsReadInOnePlace: Rule = (files) =>
  files
    .filter(({ path }) => !READS_ENVIRONMENT.some((place) => holds(place, path)))
    .flatMap(({ environmentReads }) => environmentReads)

/** Resolvers stay thin. */
export const resolversAreShort: Rule = (files) =>
  files
    .filter(({ path, lines }) => holds('resolvers', path) && lines > LARGEST_RESOLVER_FILE)
    .map(({ path, lines }) => `${path} has ${lines} lines`)
