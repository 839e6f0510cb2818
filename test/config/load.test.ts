import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HOME, load, loadWithWarnings, problems } from './loading.ts'

/** Every option, as the documentation shows it. */
const EVERYTHING = `
listen = "127.0.0.1:8080"
public_url = ""
origins = []
trusted_proxies = []
allow_insecure_http = false
state_dir = "/var/lib/pve-console"

[tls]
mode = "auto"
cert = ""
key  = ""

[session]
idle = "2h"
max = "24h"
keep_terminals = "5m"
handover = false

[limits]
sessions = 1000
consoles = 256
consoles_per_session = 32
consoles_per_host = 64
login_failures = 5
messages = 2000
stall = "30s"

[log]
level = "info"
format = "text"
audit = "stderr"

[metrics]
token = ""

[hosts.home]
label = "Home cluster"
urls = ["https://pve1.lan:8006", "https://pve2.lan:8006"]
realm = "pam"
ca = ""
fingerprint = []
`

describe('a configuration file', () => {
  test('may hold every option, and what it shows are the defaults', () => {
    const full = load(EVERYTHING)
    // Where state lies depends on whether somebody said so.
    const { hosts: _, stateDir: __, ...least } = load(HOME)
    const { hosts, stateDir: ___, ...rest } = full
    assert.deepEqual(rest, least)
    const home = hosts.get('home')
    assert.equal(home?.label, 'Home cluster')
    assert.equal(home?.realm, 'pam')
    assert.deepEqual(
      home?.urls.map(({ href }) => href),
      ['https://pve1.lan:8006/', 'https://pve2.lan:8006/'],
    )
  })

  test('has these defaults', () => {
    const { hosts, ...config } = load(HOME)
    assert.deepEqual(config, {
      ...config,
      listen: { kind: 'tcp', hostname: '127.0.0.1', port: 8080 },
      publicUrl: null,
      origins: [],
      trustedProxies: [],
      allowInsecureHttp: false,
      tls: { mode: 'auto', cert: '', key: '' },
      session: { idle: 7_200_000, max: 86_400_000, keepTerminals: 300_000 },
      limits: {
        ...config.limits,
        sessions: 1000,
        consoles: 256,
        consolesPerSession: 32,
        consolesPerHost: 64,
        messages: 2000,
        stall: 30_000,
      },
      log: { level: 'info', format: 'text', audit: 'stderr' },
      metrics: { token: '' },
    })
    const { urls, ...home } = hosts.get('home') ?? assert.fail('no host')
    assert.deepEqual(home, { key: 'home', label: 'home', realm: '', ca: '', fingerprint: [] })
    assert.equal(urls.length, 1)
  })

  test('that is read cannot be changed any more', () => {
    const config = load(HOME)
    for (const part of [config, config.tls, config.session, config.limits, config.log]) {
      assert.ok(Object.isFrozen(part))
    }
    assert.ok(Object.isFrozen(config.hosts.get('home')))
  })

  test('names options that have no effect yet, only where they are set', () => {
    assert.deepEqual(loadWithWarnings(HOME).warnings, [])
    const { warnings } = loadWithWarnings(`[session]\nhandover = true\n${HOME}`)
    assert.equal(
      warnings.filter((warning) => warning.includes('session.handover')).length,
      warnings.length,
    )
    assert.equal(warnings.length, 1)
  })

  test('that is no TOML is named with its line and column', () => {
    const [problem, ...more] = problems('listen = "x"\nlisten == 1\n')
    assert.deepEqual(more, [])
    assert.match(problem ?? '', /^x\.toml:2:\d+: /)
  })

  test('may have hosts called as JavaScript calls its own', () => {
    const keys = ['constructor', '__proto__', 'toString', 'A-Z_0-9', 'x'.repeat(32)]
    const { hosts } = load(keys.map((key) => `[hosts.${key}]\nurls = ["pve"]\n`).join(''))
    assert.deepEqual([...hosts.keys()].sort(), [...keys].sort())
    assert.equal(hosts.get('constructor')?.urls[0]?.href, 'https://pve:8006/')
  })

  const wrong: [title: string, file: string, ...problems: RegExp[]][] = [
    [
      'an unknown option',
      `lissten = ":1"\n${HOME}`,
      /^lissten: there is no such option; was listen meant/,
    ],
    [
      'an unknown option of a table',
      `[tls]\nmod = "off"\n${HOME}`,
      /^tls\.mod: there is no such option/,
    ],
    [
      'an option in the wrong table',
      `[tls]\nidle = "1h"\n${HOME}`,
      /^tls\.idle: .* was session\.idle meant/,
    ],
    [
      'an unknown table',
      `[sesion]\nidle = "1h"\n${HOME}`,
      /^sesion\.idle: .* was session\.idle meant/,
    ],
    ['an unknown empty table', `[sesion]\n${HOME}`, /^sesion: there is no such option/],
    [
      'a table where a value belongs',
      `[listen]\nport = 1\n${HOME}`,
      /^listen\.port: there is no such/,
    ],
    ['a value where a table belongs', `tls = "off"\n${HOME}`, /^tls: there is no such option/],
    ['a deeper table', `[session.idle]\nhours = 2\n${HOME}`, /^session\.idle: found .* a duration/],
    ['hosts that are no table', 'hosts = "x"\n', /^hosts: accepted are tables/],
    ['a host that is no table', '[hosts]\nhome = "x"\n', /^hosts\.home: a host is a table/],
    [
      'a host with a dot in its key',
      '[hosts."a.b"]\nurls = ["pve"]\n',
      /^hosts\.a\.b: a host is a table/,
    ],
    ['a host with a long key', `[hosts.${'x'.repeat(33)}]\nurls = ["pve"]\n`, /1 to 32 letters/],
    ['a host with an empty key', '[hosts.""]\nurls = ["pve"]\n', /1 to 32 letters/],
    ['a host without urls', '[hosts.home]\n', /^hosts\.home\.urls: missing; it is addresses/],
    ['a host with no urls', '[hosts.home]\nurls = []\n', /^hosts\.home\.urls: at least one/],
    [
      'a host with one url that is no list',
      '[hosts.home]\nurls = "pve"\n',
      /^hosts\.home\.urls: found "pve"; accepted is a list/,
    ],
    ['an unknown option of a host', `${HOME}url = "x"\n`, /^hosts\.home\.url: .* was urls meant/],
    [
      'a plain address of PVE',
      '[hosts.home]\nurls = ["http://pve"]\n',
      /^hosts\.home\.urls: found .*http:\/\/pve/,
    ],
    [
      'a fingerprint that is none',
      `${HOME}fingerprint = ["abc"]\n`,
      /^hosts\.home\.fingerprint: .*64 hex digits/,
    ],
    ['tls files that are missing', `[tls]\nmode = "files"\n${HOME}`, /^tls\.mode: "files" needs/],
    [
      'tls files that nobody reads',
      `[tls]\ncert = "a"\nkey = "b"\n${HOME}`,
      /^tls\.cert, tls\.key: only/,
    ],
    ['a stall of nothing', `[limits]\nstall = "0s"\n${HOME}`, /^limits\.stall: found "0s"/],
    [
      'a stall that no timer holds',
      `[limits]\nstall = "30d"\n${HOME}`,
      /^limits\.stall: found "30d"/,
    ],
    ['a session of nothing', `[session]\nmax = "0s"\n${HOME}`, /^session\.max: found "0s"/],
    [
      'a count that is text',
      `[limits]\nconsoles = "5"\n${HOME}`,
      /^limits\.consoles: found "5"; accepted is a whole number from 1/,
    ],
    [
      'a long value',
      `public_url = "${'x'.repeat(500)}"\n${HOME}`,
      /^public_url: found "x{1,60}…; accepted/,
    ],
    [
      'several things',
      'listen = 1\nfoo = 2\n[tls]\nmode = "x"\n[hosts.a]\nurls = [1]\n[hosts.b]\n',
      /^foo: /,
      /^listen: found 1/,
      /^tls\.mode: found "x"; accepted is "auto" or "files" or "off"/,
      /^hosts\.a\.urls: found/,
      /^hosts\.b\.urls: missing/,
    ],
  ]
  for (const [title, file, ...wanted] of wrong) {
    test(`with ${title} is refused, and all that is wrong is said`, () => {
      const found = problems(file)
      assert.equal(found.length, wanted.length, found.join('\n'))
      for (const [index, pattern] of wanted.entries()) assert.match(found[index] ?? '', pattern)
    })
  }
})
