import {
  duration,
  flag,
  list,
  listenAddress,
  span,
  text,
  timeout,
  whole,
  word,
} from '../../src/config/values.ts'
import { NO_TEXT, testValues } from './value-table.ts'

const tcp = (hostname: string, port: number) => ({ kind: 'tcp', hostname, port })

testValues([
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
])
