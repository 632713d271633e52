import { svgOf } from './svg.js'

/** Browsers draw no canvas that is larger, by either side. */
const LARGEST = 8_192

/** What a picture is made of: see `svgOf`. */
export type PictureOf = Parameters<typeof svgOf>

/** A scene as a file: all of it, not only what is seen. */
export async function pictureOf(of: PictureOf, format: 'png' | 'svg'): Promise<Blob> {
  const svg = svgOf(...of)
  return format === 'svg' ? new Blob([svg], { type: 'image/svg+xml' }) : pngOf(svg)
}

async function pngOf(svg: string): Promise<Blob> {
  const image = new Image()
  // The page's policy allows images of its own server and of `data:`.
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`
  await image.decode()
  const by = Math.min(2, LARGEST / Math.max(image.width, image.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.round(image.width * by)
  canvas.height = Math.round(image.height * by)
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height)
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) =>
      blob === null ? reject(new Error('the picture could not be drawn')) : resolve(blob),
    )
  })
}
