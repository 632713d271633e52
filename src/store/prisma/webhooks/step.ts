import type { Audience } from '../../../lineage/webhooks/audience.js'
import type { PassedOver } from '../../webhook-store.js'
import type { Session } from '../database.js'
import type { FindUpstream } from '../slice-reader.js'
import type { Draft } from './draft.js'
import type { WebhookState } from './state.js'

/** What a look has to go by: one state of the database. */
export interface Look {
  session: Session
  findUpstream: FindUpstream
  audience: Audience
  state: WebhookState
  now: Date
  /** How much to look at. */
  most: number
  /** Goes on behind what is next without looking into it. */
  isPassingOver: boolean
}

/** What follows from a look, to be written in one transaction. */
export interface Plan {
  watermarks: WebhookState['watermarks']
  drafts: readonly Draft[]
  /** How many places `write` takes. */
  places: number
  write: (session: Session, firstPlace: bigint) => Promise<void>
  /** Whether there may be more now. */
  isFull: boolean
  passedOver: readonly PassedOver[]
}

/** One of the things that are looked at. */
export interface Step {
  /** How much is looked at in one go. */
  most: number
  /** Null where there is nothing to be written. Throws where it is too much, and whatever what is looked at makes fail. */
  plan: (look: Look) => Promise<Plan | null>
  /** Where one alone fails: what it may be, each by itself. */
  parts: readonly Pick<Step, 'plan'>[]
}
