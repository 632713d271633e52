import { badUserInput } from '../../errors/headwater-error.js'
import { BOUNDS } from '../recording/bounds.js'
import { withColumnInputs } from './column-lineage.js'
import { declaredInputs } from './declared-inputs.js'
import type { DatasetEvent, JobEvent } from './event.js'
import { mergeJob } from './merged-run.js'

/**
 * Throws BAD_USER_INPUT for an event that declares more edges than one transaction writes in reasonable time: a job's are
 * its inputs times its outputs.
 */
export function checkDeclared(event: JobEvent | DatasetEvent, path: string): void {
  if (event.is === 'DATASET') {
    const columnInputs = withColumnInputs({}, event.dataset.facets, 0)
    checkColumnInputs(`${path}.dataset.facets.columnLineage`, Object.keys(columnInputs).length)
    return
  }
  const job = mergeJob(event)
  const declared = declaredInputs(job)
  let inputs = 0
  let columnInputs = 0
  for (const [id, output] of Object.entries(job.outputs)) {
    inputs += declared(id).length
    columnInputs += Object.keys(output.columnInputs).length
  }
  checkColumnInputs(`${path}.outputs`, columnInputs)
  if (inputs > BOUNDS.inputsPerCall)
    throw badUserInput(
      `${path}.outputs`,
      String(inputs),
      `at most ${BOUNDS.inputsPerCall} inputs, counted for each output`,
    )
}

function checkColumnInputs(path: string, count: number): void {
  if (count > BOUNDS.columnInputsPerCall)
    throw badUserInput(path, String(count), `at most ${BOUNDS.columnInputsPerCall} inputs of columns`)
}
