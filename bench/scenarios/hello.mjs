import * as headwater from '../questions/headwater.mjs'
import { meaningOf } from '../questions/meaning.mjs'
import { agreed } from './agreed.mjs'

/**
 * The smallest question there is: what the stack around GraphQL costs.
 *
 * @param {import('./scenario.mjs').Load[]} loads
 * @returns {import('./scenario.mjs').Scenario}
 */
export function hello(loads) {
  return {
    name: 'hello',
    loads,
    prepare: async (bench) => {
      const ground = await bench.main()
      const questions = [headwater.hello()]
      const sides = await agreed([
        { name: 'Headwater', url: (await ground.server('headwater')).url, questions, meaningOf },
        { name: 'Apollo alone', url: (await ground.server('hello')).url, questions, meaningOf },
      ])
      return { what: 'hello, `{ __typename }`', sides }
    },
  }
}
