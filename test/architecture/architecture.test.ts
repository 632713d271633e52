import { dirname } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import {
  coreIsPure,
  environmentIsReadInOnePlace,
  exportsAreDocumented,
  importersAreAllowed,
  importsFollowTheMap,
  noConsole,
  noCycles,
  type Rule,
  resolversAreShort,
} from './rules.js'
import { parseSource, readSources, type SourceFile } from './source-file.js'

const ROOT = dirname(dirname(import.meta.dirname))

/** Each rule with the smallest tree that breaks it, and what it must say of that tree. */
const RULES: { name: string; rule: Rule; broken: Record<string, string>; says: string[] }[] = [
  {
    name: 'imports run one way along the map',
    rule: importsFollowTheMap,
    broken: {
      'src/lineage/walk/a.ts': `import { b } from '../../use-cases/b.js'\nexport const a = b`,
      'src/use-cases/b.ts': `export { c } from './c.js'\nexport type D = import('../server/d.js').D`,
      'src/cli/e.ts': `await import('../store/store.js')\nawait import('../lineage/recording/bounds.js')`,
      'src/odd/f.ts': '',
      'clients/typescript/src/g.ts': `import { h } from '../../../src/util/h.js'`,
      'explorer/src/i.tsx': `import { j } from '../../schema/j.js'`,
    },
    says: [
      'src/lineage/walk/a.ts imports src/use-cases/b.ts',
      'src/use-cases/b.ts imports src/server/d.ts',
      'src/cli/e.ts imports src/store/store.ts',
      'src/odd/f.ts is in no place of the map',
      'clients/typescript/src/g.ts imports src/util/h.ts',
      'explorer/src/i.tsx imports schema/j.ts',
    ],
  },
  {
    name: 'Prisma, SQL, resolvers and the embedded PostgreSQL have their importers and no others',
    rule: importersAreAllowed,
    broken: {
      'src/use-cases/a.ts': `import pg from 'pg'\nimport type { Prisma } from '../../prisma/generated/client.js'`,
      'src/server/b.ts': `import { PrismaPg } from '@prisma/adapter-pg'\nimport { resolvers } from '../../resolvers/index.js'`,
      'src/loaders/c.ts': `import { resolvers } from '../../resolvers/index.js'`,
      'src/store/prisma/d.ts': `import pg from 'pg'`,
      'resolvers/e.ts': `import { openStore } from '../src/store/prisma/prisma-store.js'`,
    },
    says: [
      'src/use-cases/a.ts imports pg',
      'src/use-cases/a.ts imports prisma/generated/client.ts',
      'src/server/b.ts imports @prisma/adapter-pg',
      'src/loaders/c.ts imports resolvers/index.ts',
      'resolvers/e.ts imports src/store/prisma/prisma-store.ts',
    ],
  },
  {
    name: 'the core does no I/O, however indirectly',
    rule: coreIsPure,
    broken: {
      'src/lineage/a.ts': `import { createHash } from 'node:crypto'\nimport { b } from '../util/b.js'`,
      'src/util/b.ts': `import { c } from './c.js'`,
      'src/util/c.ts': `import { readFile } from 'node:fs/promises'`,
      'src/util/unrelated.ts': `import { connect } from 'node:net'`,
    },
    says: ['src/util/c.ts imports node:fs'],
  },
  {
    name: 'there are no cycles at run time',
    rule: noCycles,
    broken: {
      'src/util/a.ts': `import { b } from './b.js'`,
      'src/util/b.ts': `export * from './c.js'`,
      'src/util/c.ts': `import { a } from './a.js'\nimport type { d } from './d.js'`,
      'src/util/d.ts': `import { c } from './c.js'`,
    },
    says: ['src/util/a.ts → src/util/b.ts → src/util/c.ts → src/util/a.ts'],
  },
  {
    name: 'every exported name has a doc comment or a GraphQL description',
    rule: exportsAreDocumented,
    broken: {
      'src/util/a.ts': `/** Explained. */\nexport const a = 1\n\nexport const b = 2\n// Not a doc comment.\nexport function c() {}\n`,
      'src/util/d.ts': `/** Of d alone. */\nexport type D = string\nexport interface E {}\nexport { a } from './a.js'`,
      'resolvers/f.ts': `@ObjectType({ description: 'F' })\nexport class F {}\nexport enum G { H }\nregisterEnumType(G, {})`,
    },
    says: ['src/util/a.ts: b', 'src/util/a.ts: c', 'src/util/d.ts: E'],
  },
  {
    name: 'nothing writes to the console',
    rule: noConsole,
    broken: {
      'src/util/a.ts': `\nconsole.log('here')\nconst { warn } = console\n// console.log\nconst text = 'console.log'`,
    },
    says: ['src/util/a.ts:2', 'src/util/a.ts:3'],
  },
  {
    name: 'the environment is read in one place',
    rule: environmentIsReadInOnePlace,
    broken: {
      'src/server/config.ts': 'const { env } = process.env',
      'src/use-cases/a.ts': `const a = process.env['A']\nconst b = process['env']\nprocess.pid`,
      'src/use-cases/b.ts': `import { env } from 'node:process'`,
    },
    says: ['src/use-cases/a.ts:1', 'src/use-cases/a.ts:2', 'src/use-cases/b.ts'],
  },
  {
    name: 'no file of resolvers is longer than 400 lines',
    rule: resolversAreShort,
    broken: {
      'resolvers/long.ts': 'export {}\n'.repeat(401),
      'resolvers/short.ts': 'export {}\n'.repeat(400),
      'src/server/long.ts': 'export {}\n'.repeat(401),
    },
    says: ['resolvers/long.ts has 401 lines'],
  },
]

let sources: SourceFile[]

beforeAll(async () => {
  sources = await readSources(ROOT, ['src', 'resolvers', 'clients/typescript/src', 'explorer/src'])
})

test('the sources are there to be checked', () => {
  expect(sources.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['src/server/server.ts', 'resolvers/index.ts', 'src/context.ts']),
  )
})

test('what is imported from within is a file of the project', () => {
  const known = new Set(sources.map(({ path }) => path))
  const missing = sources.flatMap(({ path, imports }) =>
    imports
      .filter(({ target }) => /^(src|resolvers|clients)\//.test(target) && !known.has(target))
      .map(({ target }) => `${path} imports ${target}`),
  )
  expect(missing).toEqual([])
})

describe.each(RULES)('$name', ({ rule, broken, says }) => {
  test('in this project', () => {
    expect(rule(sources)).toEqual([])
  })

  test('and a tree where it does not hold is noticed', () => {
    expect(rule(Object.entries(broken).map(([path, text]) => parseSource(path, text)))).toEqual(says)
  })
})

test('an import that cannot be checked is refused', () => {
  expect(() => parseSource('src/util/a.ts', 'await import(name)')).toThrow(
    'src/util/a.ts:1: expected import() of a literal',
  )
})
