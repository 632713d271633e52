import { Sentence } from '../ui/Sentence.js'
import { DemoButton } from './DemoButton.js'
import styles from './FirstSteps.module.css'

const RECORD = `curl ${window.location.origin}/graphql -H 'content-type: application/json' -d '{
  "query": "mutation ($input: RecordMaterializationsInput!) { recordMaterializations(input: $input) { materializations { id } } }",
  "variables": { "input": { "jobId": "extract-1",
    "assets": [{ "key": "extract/claims", "version": "v1" }], "upstream": [{ "key": "ocr/text" }] } }
}'`

/** How to begin where nothing has been recorded. */
export function FirstSteps() {
  return (
    <div className={styles.steps}>
      <Sentence title="Nothing has been recorded yet">
        An asset appears when it is recorded, or named as what something was made from. Nothing is declared
        first.
      </Sentence>
      <h2>Record a first materialization</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and a keyboard has to reach it. */}
      <pre className={styles.code} tabIndex={0}>
        {RECORD}
      </pre>
      <p>
        Airflow, Spark, dbt and Flink send their OpenLineage events to <code>{window.location.origin}</code>.
      </p>
      <h2>Or look around first</h2>
      <DemoButton />
    </div>
  )
}
