/**
 * Sets style attributes through the style object instead, from now on and for the whole page.
 *
 * xterm.js (6.0.0) writes the colours of single letters as style attributes, which our content security policy
 * forbids and which looks the same when it is done in this way, which the policy allows. It has no
 * setting for it, and takes the document it makes those letters with from nowhere but the page.
 */
export function setStylesAsObjects(): void {
  const plain = Element.prototype.setAttribute
  Element.prototype.setAttribute = function (name, value) {
    if (name === 'style' && this instanceof HTMLElement) this.style.cssText = value
    else plain.call(this, name, value)
  }
}
