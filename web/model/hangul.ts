/** Korean text as the keys of the two-set keyboard (두벌식, KS X 5002). */

/** Keys of each letter, in the order in which Unicode composes syllables (Unicode 3.12). */
const INITIALS = 'r R s e E f a q Q t T d w W c z x v g'.split(' ')
const VOWELS = 'k o i O j p u P h hk ho hl y n nj np nl b m ml l'.split(' ')
const FINALS = ' r R rt s sw sg e f fr fa fq ft fx fv fg a q qt t T d w c z x v g'.split(' ')

/** The letters that stand alone, from U+3131 on. */
const LETTERS =
  'r R rt s sw sg e E f fr fa fq ft fx fv fg a q Q qt t T d w W c z x v g k o i O j p u P h hk ho hl y n nj np nl b m ml l'.split(
    ' ',
  )

const SYLLABLES = 0xac00
const LAST_SYLLABLE = 0xd7a3
const FIRST_LETTER = 0x3131

/** The keys, as letters of an English keyboard, that give a syllable or a letter; null for what is none. */
export function hangulKeys(character: string): string | null {
  const point = character.codePointAt(0) ?? 0
  if (point >= SYLLABLES && point <= LAST_SYLLABLE) {
    const index = point - SYLLABLES
    const [initial, vowel] = [Math.floor(index / 588), Math.floor((index % 588) / 28)]
    return `${INITIALS[initial]}${VOWELS[vowel]}${FINALS[index % 28]}`
  }
  return LETTERS[point - FIRST_LETTER] ?? null
}
