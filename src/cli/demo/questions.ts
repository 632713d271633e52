import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import {
  DemoOriginDocument,
  DemoProvenanceDocument,
  DemoRerunDocument,
} from '../../../schema/operations.generated.js'

/** Something worth asking of what the demo has recorded. */
export interface Question {
  text: string
  document: TypedDocumentNode<unknown, Record<string, never>>
}

/** In the order in which an engineer on call would ask them. */
export const QUESTIONS: readonly Question[] = [
  { text: 'Where do claims come from?', document: DemoOriginDocument },
  {
    text: 'Which very versions were the claims of one document made from?',
    document: DemoProvenanceDocument,
  },
  {
    text: 'That document was misread at first: what was made from the bad text, and what from the mended one?',
    document: DemoRerunDocument,
  },
]
