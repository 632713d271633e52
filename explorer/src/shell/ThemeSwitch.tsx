import { useState } from 'react'
import { Button } from 'react-aria-components'

const STORED = 'headwater-theme'
const THEMES = ['system', 'light', 'dark'] as const
type Theme = (typeof THEMES)[number]

function stored(): Theme {
  const theme = localStorage.getItem(STORED)
  return THEMES.find((one) => one === theme) ?? 'system'
}

function show(theme: Theme): void {
  document.documentElement.style.colorScheme = theme === 'system' ? '' : theme
}

show(stored())

/** Goes through the themes; the system's own is the first. */
export function ThemeSwitch() {
  const [theme, setTheme] = useState(stored)
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? 'system'
  return (
    <Button
      className="quiet"
      aria-label={`Theme: ${theme}. Change to ${next}`}
      onPress={() => {
        localStorage.setItem(STORED, next)
        show(next)
        setTheme(next)
      }}
    >
      {theme === 'system' ? 'Auto' : theme === 'light' ? 'Light' : 'Dark'}
    </Button>
  )
}
