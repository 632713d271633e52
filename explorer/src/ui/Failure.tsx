import { HeadwaterError } from '../../../clients/typescript/src/index.js'
import { Sentence } from './Sentence.js'

/** What went wrong: the server is away, or it has said why it does not show this. */
export function Failure({ error }: { error: Error | null }) {
  return (
    <Sentence title={isLasting(error) ? 'This cannot be shown' : 'The server does not answer'}>
      {error?.message}
    </Sentence>
  )
}

/** Whether it is no use to wait: until then what was answered before is shown on. */
export function isLasting(error: Error | null): boolean {
  return error instanceof HeadwaterError && !error.isTransient
}
