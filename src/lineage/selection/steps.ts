import {
  type AssetCondition,
  type Ends,
  isCondition,
  type Reach,
  type Selection,
  type StatusAtom,
} from './selection.js'

/** A selection as it is worked out: what rows alone tell is put together, so that storage answers it at once. */
export type Step =
  | { is: 'matching'; condition: AssetCondition }
  | { is: 'and' | 'or'; of: readonly Step[] }
  | { is: 'not'; of: Step }
  | StatusAtom
  | (Omit<Reach, 'of'> & { of: Step })
  | (Omit<Ends, 'of'> & { of: Step })

/** Puts as much as possible into each condition. One that would hold for most assets stands as a contrary. */
export function stepOf(selection: Selection): Step {
  if (isCondition(selection)) return matching(selection)
  switch (selection.is) {
    case 'and':
    case 'or': {
      const { is, of } = selection
      const conditions = of.filter(isCondition)
      const few = conditions.filter((one) => !holdsForMost(one))
      const most = conditions.filter(holdsForMost)
      const groups = [few, most].filter((group) => group.length > 0)
      return {
        is,
        of: [
          ...groups.map((group) => matching({ is, of: group })),
          ...of.filter((one) => !isCondition(one)).map(stepOf),
        ],
      }
    }
    case 'not':
    case 'reach':
    case 'roots':
    case 'sinks':
      return { ...selection, of: stepOf(selection.of) }
    default:
      return selection
  }
}

/** The conditions that a step takes. */
export function conditionsOf(step: Step): AssetCondition[] {
  switch (step.is) {
    case 'matching':
      return [step.condition]
    case 'status':
      return []
    case 'and':
    case 'or':
      return step.of.flatMap(conditionsOf)
    default:
      return conditionsOf(step.of)
  }
}

/** The conditions that a step takes to say what is not selected. */
export function excludedBy(step: Step): AssetCondition[] {
  switch (step.is) {
    case 'not':
      return conditionsOf(step.of)
    case 'matching':
    case 'status':
      return []
    case 'and':
    case 'or':
      return step.of.flatMap(excludedBy)
    default:
      return excludedBy(step.of)
  }
}

/** Whether a step asks what is stale, of what it is given. */
export function takesStatus(step: Step): boolean {
  switch (step.is) {
    case 'status':
      return true
    case 'and':
    case 'or':
      return step.of.some(takesStatus)
    case 'not':
      return takesStatus(step.of)
    default:
      return false
  }
}

function matching(condition: AssetCondition): Step {
  if (holdsForMost(condition)) return { is: 'not', of: matching(contraryOf(condition)) }
  // What holds for nothing need not be asked for.
  if (condition.is === 'or' && condition.of.length === 0) return { is: 'or', of: [] }
  return { is: 'matching', condition }
}

/** Whether it leaves things out, rather than picking them. */
function holdsForMost(condition: AssetCondition): boolean {
  switch (condition.is) {
    case 'not':
      return !holdsForMost(condition.of)
    case 'and':
      return condition.of.every(holdsForMost)
    case 'or':
      return condition.of.some(holdsForMost)
    default:
      return false
  }
}

function contraryOf(condition: AssetCondition): AssetCondition {
  switch (condition.is) {
    case 'not':
      return condition.of
    case 'and':
      return { is: 'or', of: condition.of.map(contraryOf) }
    case 'or':
      return { is: 'and', of: condition.of.map(contraryOf) }
    default:
      return { is: 'not', of: condition }
  }
}
