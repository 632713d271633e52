import type { Look } from './draw/look.js'
import { paint } from './draw/paint.js'
import type { Palette } from './draw/palette.js'
import type { Scene } from './draw/scene.js'
import type { View } from './draw/view.js'

/** A picture that takes longer than this, in milliseconds, is not drawn anew for each frame of a movement. */
const SLOW = 12
/** So long after a movement it is drawn anew. */
const REST = 120
/** How much more than what is seen a slow picture holds, on each side, so that there is something to move into sight. */
const MARGIN = 0.35

/**
 * Draws on a canvas when the browser is ready for it. While somebody moves a picture that is slow to draw, the last one is moved as it is,
 * and drawn anew once they rest.
 */
export class Painter {
  view: View = { k: 1, x: 0, y: 0 }
  readonly #canvas: HTMLCanvasElement
  readonly #context: CanvasRenderingContext2D
  readonly #onView: (view: View) => void
  #shown: { scene: Scene; look: Look; palette: Palette } | null = null
  #width = 0
  #height = 0
  #isSlow = false
  #frame = 0
  #rest: ReturnType<typeof setTimeout> | undefined
  /** The last picture that was slow, with its margins, and how it was seen. */
  #picture: { canvas: HTMLCanvasElement; view: View } | null = null

  constructor(canvas: HTMLCanvasElement, onView: (view: View) => void) {
    const context = canvas.getContext('2d', { alpha: false })
    if (context === null) throw new Error('this browser does not draw on a canvas')
    this.#canvas = canvas
    this.#context = context
    this.#onView = onView
  }

  show(scene: Scene, look: Look, palette: Palette): void {
    this.#shown = { scene, look, palette }
    this.#picture = null
    this.#request()
  }

  moveTo(view: View, isByHand: boolean): void {
    if (isByHand && this.#isSlow) this.#picture ??= this.#copy()
    else this.#picture = null
    this.view = view
    this.#request()
    if (this.#picture === null) return
    clearTimeout(this.#rest)
    this.#rest = setTimeout(() => {
      this.#picture = null
      this.#request()
    }, REST)
  }

  resize(width: number, height: number): void {
    const ratio = devicePixelRatio
    this.#width = width
    this.#height = height
    this.#canvas.width = Math.round(width * ratio)
    this.#canvas.height = Math.round(height * ratio)
    this.#picture = null
    this.#draw()
  }

  stop(): void {
    cancelAnimationFrame(this.#frame)
    clearTimeout(this.#rest)
  }

  #request(): void {
    cancelAnimationFrame(this.#frame)
    this.#frame = requestAnimationFrame(() => this.#draw())
  }

  #draw(): void {
    const shown = this.#shown
    if (shown === null || this.#width === 0) return
    this.#onView(this.view)
    if (this.#picture !== null) {
      this.#move(this.#picture, shown.palette)
      return
    }
    const size = { width: this.#width, height: this.#height, ratio: devicePixelRatio }
    const begun = performance.now()
    paint(this.#context, shown.scene, this.view, size, shown.look, shown.palette)
    this.#isSlow = performance.now() - begun > SLOW
    if (!this.#isSlow) return
    clearTimeout(this.#rest)
    this.#rest = setTimeout(() => {
      this.#picture = this.#withMargins(shown)
    }, REST)
  }

  /** What is seen, as it is: at once there. */
  #copy() {
    const canvas = document.createElement('canvas')
    canvas.width = this.#width
    canvas.height = this.#height
    canvas.getContext('2d', { alpha: false })?.drawImage(this.#canvas, 0, 0, this.#width, this.#height)
    return { canvas, view: this.view }
  }

  /** The same picture and what lies around it: seen only if somebody moves it. */
  #withMargins({ scene, look, palette }: { scene: Scene; look: Look; palette: Palette }) {
    const canvas = document.createElement('canvas')
    const [width, height] = [this.#width * (1 + 2 * MARGIN), this.#height * (1 + 2 * MARGIN)]
    canvas.width = Math.round(width)
    canvas.height = Math.round(height)
    const context = canvas.getContext('2d', { alpha: false })
    if (context === null) return null
    const { k, x, y } = this.view
    const view = { k, x: x + MARGIN * this.#width, y: y + MARGIN * this.#height }
    paint(context, scene, view, { width, height, ratio: 1 }, look, palette)
    return { canvas, view: { k, x: view.x, y: view.y } }
  }

  #move({ canvas, view }: { canvas: HTMLCanvasElement; view: View }, palette: Palette): void {
    const { k, x, y } = this.view
    const by = k / view.k
    const ratio = devicePixelRatio
    this.#context.setTransform(ratio, 0, 0, ratio, 0, 0)
    this.#context.fillStyle = palette.ground
    this.#context.fillRect(0, 0, this.#width, this.#height)
    this.#context.drawImage(canvas, x - view.x * by, y - view.y * by, canvas.width * by, canvas.height * by)
  }
}
