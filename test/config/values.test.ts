import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  cidr,
  duration,
  flag,
  list,
  listenAddress,
  NotAccepted,
  origin,
  publicUrl,
  pveUrl,
  type Reader,
  sha256,
  span,
  text,
  timeout,
  whole,
  word,
} from '../../src/config/values.ts'

interface Table {
  readonly title: string
  readonly read: Reader<unknown>
  readonly good: readonly (readonly [value: unknown, read: unknown])[]
  readonly bad: readonly unknown[]
}

const HEX = 'ab'.repeat(32)
const COLONS = Array(32).fill('AB').join(':')
const tcp = (hostname: string, port: number) => ({ kind: 'tcp', hostname, port })
/** What is no text at all. */
const NO_TEXT = [undefined, null, 0, 1, true, [], {}, ['x'], new Date(0)]

const TABLES: readonly Table[] = [
  {
    title: 'a text',
    read: text,
    good: [
      ['', ''],
      [' a ', ' a '],
    ],
    bad: NO_TEXT,
  },
  {
    title: 'a flag',
    read: flag,
    good: [
      [true, true],
      [false, false],
    ],
    bad: ['true', 'yes', 1, 0, null, undefined],
  },
  {
    title: 'a whole number',
    read: whole(1, 10),
    good: [
      [1, 1],
      [10, 10],
    ],
    bad: [0, 11, -1, 1.5, '5', Number.NaN, Number.POSITIVE_INFINITY, 5n, null],
  },
  {
    title: 'a word',
    read: word('auto', 'off'),
    good: [
      ['auto', 'auto'],
      ['off', 'off'],
    ],
    bad: ['Auto', 'on', '', 'toString', ...NO_TEXT],
  },
  {
    title: 'a list',
    read: list(text),
    good: [
      [[], []],
      [
        ['a', 'b'],
        ['a', 'b'],
      ],
    ],
    bad: ['a', {}, null, [1], ['a', 1]],
  },
  {
    title: 'a duration',
    read: duration,
    good: [
      ['0s', 0],
      ['90s', 90_000],
      ['15m', 900_000],
      ['12h', 43_200_000],
      ['7d', 604_800_000],
      ['999999s', 999_999_000],
    ],
    bad: [
      '',
      '90',
      's',
      '1.5h',
      '-1s',
      '1 h',
      '1H',
      '1w',
      '1h30m',
      '1000000s',
      ' 1s',
      '1s\n',
      ...NO_TEXT,
    ],
  },
  {
    title: 'a duration for a timer',
    read: timeout,
    good: [
      ['1s', 1000],
      ['30s', 30_000],
      ['20d', 1_728_000_000],
    ],
    bad: ['0s', '0d', '21d', '25d', '999999d', '1', ...NO_TEXT],
  },
  {
    title: 'a duration that is not nothing',
    read: span,
    good: [
      ['1s', 1000],
      ['30d', 2_592_000_000],
    ],
    bad: ['0s', '0m', 'never', ...NO_TEXT],
  },
  {
    title: 'an address to listen at',
    read: listenAddress,
    good: [
      ['127.0.0.1:8080', tcp('127.0.0.1', 8080)],
      [':8443', tcp('::', 8443)],
      ['[::1]:8080', tcp('::1', 8080)],
      ['[::]:80', tcp('::', 80)],
      ['localhost:0', tcp('localhost', 0)],
      ['my-host.lan:65535', tcp('my-host.lan', 65_535)],
      ['unix:/run/pve-console/http.sock', { kind: 'unix', path: '/run/pve-console/http.sock' }],
    ],
    bad: [
      '',
      '8080',
      '127.0.0.1',
      '::1:8080',
      '[::1]',
      ':65536',
      ':-1',
      ':',
      ':80a',
      'unix:',
      'unix:sock',
      'http://x:80',
      'a b:80',
      '[x]:80',
      ...NO_TEXT,
    ],
  },
  {
    title: 'a public address',
    read: publicUrl,
    good: [
      ['', null],
      ['https://home.example', { origin: 'https://home.example', path: '' }],
      ['https://home.example/', { origin: 'https://home.example', path: '' }],
      ['https://home.example/pve', { origin: 'https://home.example', path: '/pve' }],
      ['https://home.example/pve/', { origin: 'https://home.example', path: '/pve' }],
      ['https://HOME.example:443/a/b', { origin: 'https://home.example', path: '/a/b' }],
      ['http://10.0.0.1:8080', { origin: 'http://10.0.0.1:8080', path: '' }],
      ['https://[2001:db8::1]:8443/x', { origin: 'https://[2001:db8::1]:8443', path: '/x' }],
    ],
    bad: [
      'home.example',
      '/pve',
      'https://',
      'ftp://home.example',
      'wss://home.example',
      'javascript:alert(1)',
      'https://u@home.example',
      'https://u:p@home.example',
      'https://:p@home.example',
      'https://home.example/?a',
      'https://home.example/#a',
      'https://home.example//evil.example',
      'https://home.example/:host',
      'https://home.example/*',
      'https://home.example/a b',
      "https://home.example/'x",
      'https://home.example/a&b',
      'https://home.example/a//b',
      ...NO_TEXT,
    ],
  },
  {
    title: 'an origin',
    read: origin,
    good: [
      ['https://console.lan:8443', 'https://console.lan:8443'],
      ['https://Console.LAN:443/', 'https://console.lan'],
      ['http://[::1]:80', 'http://[::1]'],
    ],
    bad: [
      '',
      'console.lan',
      'null',
      'https://a/b',
      'https://u@a',
      'https://:p@a',
      'https://a?x',
      'https://a#x',
      'ftp://a',
      'https://a, https://b',
      ...NO_TEXT,
    ],
  },
  {
    title: 'an address of PVE',
    read: (value) => pveUrl(value).href,
    good: [
      ['https://pve1.lan:8006', 'https://pve1.lan:8006/'],
      ['https://pve1.lan', 'https://pve1.lan/'],
      ['pve1.lan', 'https://pve1.lan:8006/'],
      ['pve1.lan:443', 'https://pve1.lan/'],
      ['192.168.1.10', 'https://192.168.1.10:8006/'],
      ['192.168.1.10:8007', 'https://192.168.1.10:8007/'],
      ['::1', 'https://[::1]:8006/'],
      ['2001:db8::10', 'https://[2001:db8::10]:8006/'],
      ['2001:db8:1:2:3:4:5:6', 'https://[2001:db8:1:2:3:4:5:6]:8006/'],
      ['[2001:db8::10]', 'https://[2001:db8::10]:8006/'],
      ['[2001:db8::10]:8007', 'https://[2001:db8::10]:8007/'],
      ['https://[2001:db8::10]:8006/', 'https://[2001:db8::10]:8006/'],
      ['::ffff:192.0.2.1', 'https://[::ffff:c000:201]:8006/'],
    ],
    bad: [
      '',
      'http://pve1.lan:8006',
      'https://pve1.lan/api2',
      'https://u:p@pve1.lan',
      'u@pve1.lan',
      'https://pve1.lan/?x',
      'https://pve1.lan/#x',
      'pve1.lan/x',
      'a b',
      '[::1',
      'fe80::1%eth0',
      'pve1:99999',
      'wss://pve1',
      ...NO_TEXT,
    ],
  },
  {
    title: 'a fingerprint',
    read: sha256,
    good: [
      [HEX, HEX],
      [COLONS, HEX],
      [HEX.toUpperCase(), HEX],
    ],
    bad: [
      '',
      HEX.slice(1),
      `${HEX}a`,
      HEX.replace('a', 'g'),
      `sha256:${HEX}`,
      ` ${HEX}`,
      'ab'.repeat(20),
      ...NO_TEXT,
    ],
  },
  {
    title: 'a range of addresses',
    read: cidr,
    good: [
      ['10.0.0.0/8', { address: '10.0.0.0', prefix: 8 }],
      ['192.0.2.1', { address: '192.0.2.1', prefix: 32 }],
      ['0.0.0.0/0', { address: '0.0.0.0', prefix: 0 }],
      ['2001:db8::/32', { address: '2001:db8::', prefix: 32 }],
      ['::1', { address: '::1', prefix: 128 }],
      ['::ffff:10.0.0.0/104', { address: '::ffff:10.0.0.0', prefix: 104 }],
    ],
    bad: [
      '',
      '10.0.0.0/33',
      '10.0.0.0/',
      '10.0.0.0/a',
      '10.0.0/8',
      '10',
      '1.2.3',
      '256.0.0.1',
      '1.2.3.4.5',
      'fff',
      'dead.beef',
      '::1/129',
      ':::',
      '[::1]',
      '10.0.0.0-10.0.0.9',
      'localhost',
      ...NO_TEXT,
    ],
  },
]

for (const { title, read, good, bad } of TABLES) {
  describe(`${title} in the configuration`, () => {
    for (const [value, wanted] of good) {
      test(`may be ${JSON.stringify(value)}`, () => assert.deepEqual(read(value), wanted))
    }
    for (const value of bad) {
      test(`may not be ${typeof value === 'bigint' ? '5n' : (JSON.stringify(value) ?? String(value))}`, () => {
        assert.throws(() => read(value), NotAccepted)
      })
    }
  })
}
