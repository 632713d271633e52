import { useQuery } from '@tanstack/react-query'
import { AssetLink } from '../ui/AssetLink.js'
import { Rest } from '../ui/Facts.js'
import { MaterializationLink } from '../ui/MaterializationLink.js'
import styles from '../ui/Page.module.css'
import { latestOf, type UsedInput } from './queries.js'

/** So many are shown: of each it is asked whether there is a newer one. */
const MOST_INPUTS = 50

const RESOLUTIONS = {
  REPORTED: 'as its executor said',
  INFERRED: 'the latest at that time',
  UNRESOLVED: 'nothing that is recorded fits',
} as const

/** What went in, and whether there is something newer by now. */
export function Inputs({ inputs }: { inputs: readonly UsedInput[] }) {
  if (inputs.length === 0) return <p className={styles.soft}>Nothing: it is a source.</p>
  return (
    <>
      <ul className={styles.rows}>
        {inputs.slice(0, MOST_INPUTS).map((input, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: their order is theirs for good, and one may be there twice.
          <Input key={place} input={input} />
        ))}
      </ul>
      <Rest shown={Math.min(inputs.length, MOST_INPUTS)} total={inputs.length} of="the first" />
    </>
  )
}

function Input({ input }: { input: UsedInput }) {
  const { asset, materialization, version, partitionKey, resolution } = input
  const { data: latest = null } = useQuery(latestOf(input))
  const isOld =
    materialization !== null && latest !== null && latest.materializedAt > materialization.materializedAt
  return (
    <li>
      <AssetLink asset={asset} />
      {materialization === null ? (
        <span>{version === null ? null : <code>{version}</code>}</span>
      ) : (
        <MaterializationLink materialization={materialization} />
      )}
      {partitionKey === null ? null : <span className={styles.soft}>{partitionKey}</span>}
      {isOld ? (
        <span className={styles.newer}>
          newer version exists: <MaterializationLink materialization={latest} />
        </span>
      ) : null}
      <span className={styles.end}>{RESOLUTIONS[resolution]}</span>
    </li>
  )
}
