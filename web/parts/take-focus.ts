/**
 * Puts the cursor where one types next, where there is a keyboard to type with. Whoever goes through the
 * page by keyboard is left where they are.
 */
export function takeFocus(element: HTMLElement | null): void {
  const byKeyboard = document.activeElement?.matches(':focus-visible') ?? false
  if (!byKeyboard && window.matchMedia('(pointer: fine)').matches) element?.focus()
}
