import DataLoader from 'dataloader'
import { canonicalJson } from '../util/canonical-json.js'

/** One item to load, with the arguments it is loaded by. */
interface Wanted<Key, Args> {
  key: Key
  args: Args
}

/**
 * A DataLoader for fields with arguments: what one tick asks for with equal arguments becomes one call of `load`.
 * `idOf` tells keys apart, `nameOf` arguments.
 */
export function groupedLoader<Key, Args, Value>(
  idOf: (key: Key) => string,
  load: (keys: readonly Key[], args: Args) => Promise<readonly Value[]>,
  nameOf: (args: Args) => string = canonicalJson,
): DataLoader<Wanted<Key, Args>, Value, string> {
  return new DataLoader<Wanted<Key, Args>, Value, string>(
    async (wanted) => {
      const groups = new Map<string, { args: Args; places: number[] }>()
      wanted.forEach(({ args }, place) => {
        const name = nameOf(args)
        const group = groups.get(name) ?? { args, places: [] }
        groups.set(name, group)
        group.places.push(place)
      })
      const values: Value[] = []
      await Promise.all(
        [...groups.values()].map(async ({ args, places }) => {
          const keys = places.flatMap((place) => wanted[place]?.key ?? [])
          const loaded = await load(keys, args)
          places.forEach((place, at) => {
            const value = loaded[at]
            if (value !== undefined) values[place] = value
          })
        }),
      )
      return values
    },
    { cacheKeyFn: ({ key, args }) => `${idOf(key)} ${nameOf(args)}` },
  )
}
