/** Puts a text into the clipboard; false where the browser does not allow it. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    // There is no clipboard over plain HTTP, and the person may have said no.
    return copyByEvent(text)
  }
}

/** The way that browsers still offer where `navigator.clipboard` is missing: answering their own copy. */
function copyByEvent(text: string): boolean {
  let copied = false
  const answer = (event: ClipboardEvent) => {
    event.clipboardData?.setData('text/plain', text)
    event.preventDefault()
    copied = true
  }
  document.addEventListener('copy', answer, { once: true })
  document.execCommand('copy')
  document.removeEventListener('copy', answer)
  return copied
}
