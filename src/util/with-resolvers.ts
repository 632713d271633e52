/** A promise, with what settles it. */
export interface Resolvers<T> {
  promise: Promise<T>
  resolve: (value: T) => void
}

/** As Promise.withResolvers, which Node.js 20 lacks. */
export function withResolvers<T = void>(): Resolvers<T> {
  let resolve: (value: T) => void = () => undefined
  const promise = new Promise<T>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
