/**
 * Adds a style sheet to the page, unless it is there, and resolves when it is in force. Rejects when it did
 * not arrive. `address` is relative to the script at `base`.
 */
export function loadStyle(address: string, base: string): Promise<void> {
  const { href } = new URL(address, base)
  const present = [...document.querySelectorAll<HTMLLinkElement>('link[rel=stylesheet]')]
  const known = present.find((link) => link.href === href)
  if (known?.sheet) return Promise.resolve()
  const link = known ?? document.createElement('link')
  const loaded = new Promise<void>((resolve, reject) => {
    link.addEventListener('load', () => resolve(), { once: true })
    link.addEventListener(
      'error',
      () => {
        link.remove()
        reject(new Error('a style sheet did not arrive'))
      },
      { once: true },
    )
  })
  if (!known) {
    link.rel = 'stylesheet'
    link.href = href
    document.head.append(link)
  }
  return loaded
}
