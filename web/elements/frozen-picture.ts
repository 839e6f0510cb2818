/**
 * A copy of the last picture as an own canvas that lies exactly where the picture was. Undefined when
 * there was none yet.
 */
export function freeze(picture: HTMLCanvasElement | null): HTMLCanvasElement | undefined {
  if (!picture || picture.width === 0 || picture.height === 0) return undefined
  const copy = document.createElement('canvas')
  copy.className = 'frozen'
  copy.width = picture.width
  copy.height = picture.height
  copy.setAttribute('aria-hidden', 'true')
  copy.getContext('2d')?.drawImage(picture, 0, 0)
  return copy
}
