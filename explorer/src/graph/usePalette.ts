import { useSyncExternalStore } from 'react'
import { COLOURS, type Palette } from './draw/palette.js'

let palette: Palette | null = null

/** The colours of the theme as they are now, light or dark. */
function readPalette(): Palette {
  const probe = document.createElement('i')
  document.body.append(probe)
  const entries = COLOURS.map((name) => {
    probe.style.color = `var(--${name})`
    return [name, getComputedStyle(probe).color] as const
  })
  probe.remove()
  return Object.fromEntries(entries) as Palette
}

function subscribe(changed: () => void): () => void {
  const again = () => {
    palette = null
    changed()
  }
  const dark = matchMedia('(prefers-color-scheme: dark)')
  dark.addEventListener('change', again)
  // The switch in the header sets it there.
  const observer = new MutationObserver(again)
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] })
  return () => {
    dark.removeEventListener('change', again)
    observer.disconnect()
  }
}

/** The colours to draw with. */
export function usePalette(): Palette {
  return useSyncExternalStore(subscribe, () => {
    palette ??= readPalette()
    return palette
  })
}
