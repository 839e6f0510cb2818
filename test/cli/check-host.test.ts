import assert from 'node:assert/strict'
import { createHash, X509Certificate } from 'node:crypto'
import { afterEach, before, describe, test } from 'node:test'
import { checkHost } from '../../src/cli/check-host.ts'
import { systemClock } from '../../src/clock.ts'
import type { HostConfig } from '../../src/config/config.ts'
import { Host } from '../../src/pve/host.ts'
import { formatFingerprint } from '../../src/pve/known-hosts.ts'
import { createTrust } from '../../src/pve/trust.ts'
import { connectTls } from '../../src/runtime/tls-connect.ts'
import { hostConfig } from '../pve/fake-host.ts'
import { type Act, answerOf, makePair, type Pair, RawHost, say } from '../pve/raw-host.ts'

const COMMAND = 'pve-console trust home'
const PAGE = '<script src="/pve2/js/pvemanagerlib.js?ver=8.4.1"></script>'
const REALMS = '{"data":[{"realm":"pve","type":"pve"},{"realm":"pam","type":"pam"}]}'

let pairs: readonly [Pair, Pair]
const opened: RawHost[] = []
before(async () => {
  pairs = [await makePair(), await makePair()]
})
afterEach(async () => {
  for (const address of opened.splice(0)) await address.close()
})

const fingerprint = ({ cert }: Pair): string =>
  createHash('sha256').update(new X509Certificate(cert).raw).digest('hex')

/** A PVE that is `ahead` ms ahead, with this page at its root. */
function pve(address: () => RawHost, page = PAGE, ahead = 0): Act {
  return (socket) => {
    const isPage = address().requests.at(-1) === 'GET /'
    const [type, body] = isPage ? ['text/html', page] : ['application/json', REALMS]
    const date = new Date(Date.now() + ahead).toUTCString()
    const head = ['HTTP/1.1 200 OK', `Date: ${date}`, `Content-Type: ${type}`]
    socket.write(`${head.join('\r\n')}\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
  }
}

async function listen(pair: Pair, act?: Act): Promise<RawHost> {
  const address: RawHost = await RawHost.listen(pair, act ?? pve(() => address))
  opened.push(address)
  return address
}

/** What `check` says of a host at these addresses. */
async function check(
  addresses: readonly RawHost[],
  { known = [], ...more }: Partial<HostConfig> & { known?: readonly string[] } = {},
) {
  const config = { ...hostConfig('home'), urls: addresses.map(({ url }) => url), ...more }
  const sources = { authority: config.ca || null, systemAuthorities: () => [], now: () => 0 }
  const newTrust = () => createTrust(config, { ...sources, known: () => known })
  const connect = (target: Parameters<typeof connectTls>[0]) => connectTls(target, false)
  const host = new Host(config, newTrust, { connect }, systemClock)
  try {
    return await checkHost(host, COMMAND)
  } finally {
    host.close()
  }
}

describe('a host that works', () => {
  test('is said to, with its version, its realms, its clock and what it is trusted by', async () => {
    const address = await listen(pairs[0])
    const { works, text } = await check([address], { known: [fingerprint(pairs[0])] })
    assert.equal(works, true)
    const says = 'is PVE 8.4.1, certificate trusted as confirmed, realms pam, pve, clock right'
    assert.equal(text, `ok    home: ${address.url.origin} ${says}\n`)
  })

  for (const [what, config] of [
    ['by its authority', () => ({ ca: pairs[0].cert })],
    ['by its fingerprint', () => ({ fingerprint: [fingerprint(pairs[0])] })],
  ] as const) {
    test(`is trusted ${what}`, async () => {
      const { text } = await check([await listen(pairs[0])], config())
      assert.match(text, new RegExp(`certificate trusted ${what},`))
    })
  }

  for (const page of [
    '',
    '<h1>Welcome</h1>',
    PAGE.replace('8.4.1', '../../etc'),
    PAGE.replace('8.4.1', `8.4.1${'1'.repeat(99)}`),
    PAGE.replace('8.4.1', '8.4.1x'),
    PAGE.repeat(10_000),
  ]) {
    test(`may tell no version: ${page.slice(0, 60)}`, async () => {
      const address: RawHost = await listen(pairs[0], (socket, n) =>
        pve(() => address, page)(socket, n),
      )
      const { works, text } = await check([address], { known: [fingerprint(pairs[0])] })
      assert.equal(works, true)
      assert.match(text, /answers as PVE does, its version is not told, certificate/)
    })
  }
})

describe('a host of several addresses', () => {
  test('works without one of them, which is named', async () => {
    const [first, second] = [await listen(pairs[0]), await listen(pairs[0])]
    await second.close()
    const { works, text } = await check([first, second], { known: [fingerprint(pairs[0])] })
    assert.equal(works, true)
    const [one, two, hint] = text.split('\n')
    assert.match(one ?? '', /^ok {4}home: https:.* is PVE/)
    assert.equal(two, `warn  home: ${second.url.origin} does not work. The host does not answer.`)
    assert.match(hint ?? '', /^ {6}hint: is 127\.0\.0\.1:\d+ right/)
  })

  test('does not work without any of them', async () => {
    const [first, second] = [await listen(pairs[0]), await listen(pairs[0])]
    await Promise.all([first.close(), second.close()])
    const { works, text } = await check([first, second])
    assert.equal(works, false)
    assert.equal(text.match(/^FAIL {2}home: /gm)?.length, 2)
  })

  test('is not as expected where one of them is not, though it works by the other', async () => {
    const [first, second] = [await listen(pairs[0]), await listen(pairs[1])]
    const known = [fingerprint(pairs[0])]
    const { works, text } = await check([first, second], { known })
    assert.equal(works, false)
    assert.match(text, new RegExp(`^ok {4}home: ${first.url.origin} `, 'm'))
    assert.match(text, new RegExp(`^FAIL {2}home: ${second.url.origin} .*another certificate`, 'm'))
    const [shown, expected] = text.split('and expected is')
    assert.ok(shown?.includes(`SHA-256  ${formatFingerprint(fingerprint(pairs[1]))}`))
    assert.ok(expected?.includes(`SHA-256  ${formatFingerprint(fingerprint(pairs[0]))}`))
    assert.equal(second.bytes, 0)
  })
})

describe('a host that does not work', () => {
  test('because nobody trusts it shows what a person compares, and what to run', async () => {
    const address = await listen(pairs[0])
    const { works, text } = await check([address])
    assert.equal(works, false)
    assert.match(
      text,
      /^FAIL {2}home: .* Nobody has confirmed .*\n {6}hint: .*pvenode cert info.*pve-console trust home\n/,
    )
    for (const line of [
      'subject  CN=pve',
      'issuer   CN=pve',
      'names    IP Address:127.0.0.1',
      'valid    ',
    ]) {
      assert.ok(text.includes(`        ${line}`), line)
    }
    assert.ok(text.includes(formatFingerprint(fingerprint(pairs[0]))))
    assert.equal(address.bytes, 0)
  })

  for (const [option, config] of [
    ['hosts.home.ca', () => ({ ca: pairs[1].cert })],
    ['hosts.home.fingerprint', () => ({ fingerprint: [fingerprint(pairs[1])] })],
  ] as const) {
    test(`because of ${option} is not confirmed by a command`, async () => {
      const { works, text } = await check([await listen(pairs[0])], config())
      assert.equal(works, false)
      assert.ok(text.includes(option), text)
      assert.ok(!text.includes(COMMAND), text)
    })
  }

  for (const minutes of [-6, 6]) {
    test(`because its clock is ${minutes} min off is told by how much`, async () => {
      const address: RawHost = await listen(pairs[0], (socket, n) =>
        pve(() => address, PAGE, minutes * 60_000)(socket, n),
      )
      const { works, text } = await check([address], { known: [fingerprint(pairs[0])] })
      assert.equal(works, false)
      assert.match(text, minutes > 0 ? /clock 3[56]\d s ahead/ : /clock 3[56]\d s behind/)
      assert.match(text, /hint: set the clocks/)
    })
  }

  for (const [what, act, says] of [
    [
      'it is something else',
      say('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 1\r\n\r\nx'),
      /not Proxmox VE/,
    ],
    ['it says nothing of PVE’s', say(answerOf('{"data":"x"}')), /unexpected form/],
    [
      'only a proxy answers',
      say('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n'),
      /A proxy in front/,
    ],
    ['it refuses', say(answerOf('{"data":null}', 'HTTP/1.1 500 oops')), /not Proxmox VE/],
  ] as const) {
    test(`because ${what} is said to`, async () => {
      const known = [fingerprint(pairs[0])]
      const { works, text } = await check([await listen(pairs[0], act)], { known })
      assert.equal(works, false)
      assert.match(text, /^FAIL {2}home: .*\n {6}hint: /)
      assert.match(text, says)
    })
  }
})
