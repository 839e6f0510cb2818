/** Signs and checks the tickets of one cluster: login, second factor, CSRF and console tickets. */
import { createHmac, randomBytes, randomInt, timingSafeEqual } from 'node:crypto'
import type { LabClock } from './clock.ts'
import type { Generation, LabSecrets, LabSettings } from './lab.ts'
import type { AgeRange, SigningKeys } from './signing-keys.ts'

/** Seconds. A login ticket lives strictly less than two hours and may come from a clock five minutes ahead. */
const loginAge = { from: -300, to: 7200 }
/** Seconds. A console ticket lives shorter than the 40 s that the listeners need. */
const vncAge = { from: -20, to: 40 }

export interface IssuedVncTicket {
  readonly ticket: string
  /** The RFB password that goes with it. */
  readonly password: string
}

export class TicketOffice {
  readonly #keys: SigningKeys
  readonly #clock: LabClock
  readonly #generation: Generation
  readonly #settings: Pick<LabSettings, 'ticketLifeMs'>
  readonly #csrfSecret = randomBytes(32)
  readonly #made = {
    tickets: [] as string[],
    csrfTokens: [] as string[],
    vncTickets: [] as string[],
    vncPasswords: [] as string[],
    ports: [] as number[],
  }

  constructor(
    keys: SigningKeys,
    clock: LabClock,
    generation: Generation,
    settings: Pick<LabSettings, 'ticketLifeMs'>,
  ) {
    this.#keys = keys
    this.#clock = clock
    this.#generation = generation
    this.#settings = settings
  }

  secrets(credentials: readonly string[]): LabSecrets {
    const made = this.#made
    return {
      ...made,
      credentials,
      all: () => [
        ...made.tickets,
        ...made.csrfTokens,
        ...made.vncTickets,
        ...made.vncPasswords,
        ...credentials,
      ],
    }
  }

  login(userid: string): string {
    return keep(this.#made.tickets, this.#assemble('PVE', userid, '', this.#loginTime()))
  }

  /** The user a login ticket belongs to; undefined when it is not a valid one. */
  loginUser(ticket: string): string | undefined {
    const parsed = this.#check('PVE', ticket, '', loginAge)
    return parsed === undefined || parsed.startsWith('!') ? undefined : parsed
  }

  secondFactor(userid: string, challenge: object): string {
    const ticket = this.#assemble('PVE', `!tfa!${JSON.stringify(challenge)}`, userid)
    return keep(this.#made.tickets, ticket)
  }

  isSecondFactor(ticket: string, userid: string): boolean {
    return this.#check('PVE', ticket, userid, loginAge)?.startsWith('!tfa!') ?? false
  }

  csrf(userid: string): string {
    return keep(this.#made.csrfTokens, this.#csrfToken(this.#loginTime(), userid))
  }

  isCsrf(token: string, userid: string): boolean {
    const time = /^([0-9A-F]{8}):/.exec(token)?.[1]
    if (time === undefined) return false
    const age = this.#clock.seconds() - parseInt(time, 16)
    if (age <= loginAge.from || age >= loginAge.to) return false
    return equals(token, this.#csrfToken(time, userid))
  }

  /** A console ticket, bound to user, ACL path and (since April 2026) port; with a password for RFB. */
  vnc(userid: string, path: string, port: number, ownPassword: boolean): IssuedVncTicket {
    const hardened = this.#generation === 'since-2026-04'
    const prefix = hardened ? randomPassword() : ''
    const plain = this.#assemble('PVEVNC', '', this.#vncSecret(userid, path, port, prefix))
    const ticket = hardened ? `${prefix}:${plain}` : plain
    const password = prefix || (ownPassword ? randomPassword() : plain.slice(0, 8))
    keep(this.#made.vncTickets, ticket)
    keep(this.#made.vncPasswords, password)
    this.#made.ports.push(port)
    return { ticket, password }
  }

  /** A terminal's ticket: the same, without a password in any version. */
  terminal(userid: string, path: string, port: number): string {
    this.#made.ports.push(port)
    const secret = this.#vncSecret(userid, path, port, '')
    return keep(this.#made.vncTickets, this.#assemble('PVEVNC', '', secret))
  }

  isVnc(ticket: string, userid: string, path: string, port: number): boolean {
    const [, prefix, plain = ''] = /^(?:([!-`]{8}):)?(PVEVNC:.*)$/.exec(ticket) ?? []
    const secret = this.#vncSecret(userid, path, port, prefix ?? '')
    return this.#check('PVEVNC', plain, secret, vncAge) !== undefined
  }

  /** The prefix is signed too, so that nobody can strip or change it. */
  #vncSecret(userid: string, path: string, port: number, prefix: string): string {
    const bound = this.#generation === 'since-2026-04' ? `:${port}` : ''
    return `${userid}:${path}${bound}${prefix}`
  }

  /** When a login was, so that as much of its two hours is left as the settings say. */
  #loginTime(): string {
    const left = Math.ceil(this.#settings.ticketLifeMs / 1000)
    return hexTime(this.#clock.seconds() - loginAge.to + left)
  }

  #csrfToken(time: string, userid: string): string {
    const digest = createHmac('sha256', this.#csrfSecret)
      .update(`${time}:${userid}`)
      .digest('base64')
    return `${time}:${digest.replace(/=+$/, '')}`
  }

  /** `PREFIX:data:HEX8::signature`; the secret part is signed but not written. Only `:` is escaped in the data. */
  #assemble(
    prefix: string,
    data: string,
    secret: string,
    time = hexTime(this.#clock.seconds()),
  ): string {
    const plain = data === '' ? `${prefix}:${time}` : `${prefix}:${escapeColons(data)}:${time}`
    return `${plain}::${this.#keys.sign(`${plain}:${secret}`)}`
  }

  #check(prefix: string, ticket: string, secret: string, usual: AgeRange): string | undefined {
    const cut = ticket.lastIndexOf('::')
    const plain = ticket.slice(0, cut)
    const match = /^(PVE|PVEVNC)(?::([^:]*))?:([0-9A-F]{8})$/.exec(plain)
    if (cut < 0 || match?.[1] !== prefix || (prefix === 'PVEVNC') !== (match[2] === undefined)) {
      return undefined
    }
    const encoded = ticket.slice(cut + 2)
    const signature = Buffer.from(encoded, 'base64')
    if (signature.toString('base64') !== encoded) return undefined
    const signed = `${plain}:${secret}`
    const daily = prefix === 'PVEVNC' && !this.#keys.isSignedNow(signed, signature)
    const ages = daily ? undefined : this.#keys.agesOf(signed, signature, usual)
    const age = this.#clock.seconds() - parseInt(match[3] ?? '', 16)
    if (!ages || age <= ages.from || age >= ages.to) return undefined
    return (match[2] ?? '').replaceAll('%3A', ':')
  }
}

/** Eight characters of `!` to backtick, as PVE draws them. */
function randomPassword(): string {
  return String.fromCharCode(...Array.from({ length: 8 }, () => randomInt(0x21, 0x61)))
}

function escapeColons(data: string): string {
  return data.replaceAll(':', '%3A')
}

function hexTime(seconds: number): string {
  return seconds.toString(16).toUpperCase().padStart(8, '0')
}

function keep(list: string[], secret: string): string {
  list.push(secret)
  return secret
}

function equals(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)]
  return left.length === right.length && timingSafeEqual(left, right)
}
