import { HeadwaterError } from '../../../clients/typescript/src/index.js'
import { Sentence } from './Sentence.js'

/** What went wrong: the server is away, or it has said why it does not show this. */
export function Failure({ error }: { error: Error | null }) {
  const isAway = !(error instanceof HeadwaterError) || error.isTransient
  return (
    <Sentence title={isAway ? 'The server does not answer' : 'This cannot be shown'}>
      {error?.message}
    </Sentence>
  )
}
