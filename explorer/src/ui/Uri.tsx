/** Where something lies: a link where a browser can go there. */
export function Uri({ uri }: { uri: string }) {
  if (!/^https?:\/\//i.test(uri)) return <code>{uri}</code>
  return (
    <a href={uri} rel="noreferrer">
      <code>{uri}</code>
    </a>
  )
}
