/** The key that signs a cluster's tickets, which PVE replaces every day. */
import { generateKeyPairSync, sign, verify } from 'node:crypto'
import type { KeyPair } from '../../src/certificate.ts'
import type { LabClock } from './clock.ts'

/** Ms of the host's time after which a key is replaced. */
const keyLifeMs = 86_400_000

/** Seconds of age between which a ticket is good, both excluded. */
export interface AgeRange {
  readonly from: number
  readonly to: number
}

export class SigningKeys {
  readonly #clock: LabClock
  #current: KeyPair
  #previous: KeyPair | undefined
  #rotatedAt: number
  #cancel: () => void = () => undefined

  constructor(first: KeyPair, clock: LabClock) {
    this.#clock = clock
    this.#current = first
    this.#rotatedAt = clock.seconds()
    this.#rotateTomorrow()
  }

  /** Replaces the key now; the next time is a day later. */
  rotate(): void {
    this.#previous = this.#current
    this.#current = generateKeyPairSync('rsa', { modulusLength: 2048 })
    this.#rotatedAt = this.#clock.seconds()
    this.#cancel()
    this.#rotateTomorrow()
  }

  sign(text: string): string {
    return sign('sha256', Buffer.from(text), this.#current.privateKey).toString('base64')
  }

  /** Judges a console ticket's signature, for which only the current key counts. */
  isSignedNow(text: string, signature: Buffer): boolean {
    return verify('sha256', Buffer.from(text), this.#current.publicKey, signature)
  }

  /**
   * The ages at which a login ticket of this signature is good; undefined where no key made it. What the
   * previous key made has to be from before the rotation.
   */
  agesOf(text: string, signature: Buffer, usual: AgeRange): AgeRange | undefined {
    if (this.isSignedNow(text, signature)) return usual
    const previous = this.#previous
    if (!previous || !verify('sha256', Buffer.from(text), previous.publicKey, signature)) {
      return undefined
    }
    return { from: this.#clock.seconds() - this.#rotatedAt + usual.from, to: usual.to }
  }

  #rotateTomorrow(): void {
    this.#cancel = this.#clock.after(keyLifeMs, () => this.rotate())
  }
}
