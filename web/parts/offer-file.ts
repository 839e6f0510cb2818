/** Has the browser save a file, as a link to it would. */
export function offerFile(file: Blob, name: string): void {
  const address = URL.createObjectURL(file)
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  // The browser reads it after this turn; how long after, nobody tells.
  window.setTimeout(() => URL.revokeObjectURL(address), 60_000)
}
