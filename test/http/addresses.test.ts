import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { inRange, isLoopback, parseAddress } from '../../src/http/addresses.ts'

describe('IP addresses', () => {
  const same: [title: string, ...texts: string[]][] = [
    [
      'IPv4 and mapped',
      '192.0.2.1',
      '::ffff:192.0.2.1',
      '::ffff:c000:201',
      '::FFFF:C000:0201',
      '[::ffff:192.0.2.1]',
    ],
    ['loopback', '::1', '0:0:0:0:0:0:0:1', '[::1]', '0000::0001'],
    ['IPv6', '2001:db8::1', '2001:DB8:0:0::1', '2001:0db8:0000:0000:0000:0000:0000:0001'],
    ['link-local with a zone', 'fe80::1', 'fe80::1%eth0', '[fe80::1%25eth0]'],
    ['nothing', '::', '0:0:0:0:0:0:0:0'],
  ]
  for (const [title, ...texts] of same) {
    test(`${title}: every way of writing it is the same`, () => {
      const values = texts.map(parseAddress)
      assert.notEqual(values[0], null)
      for (const value of values) assert.equal(value, values[0])
    })
  }

  for (const text of [
    '',
    'x',
    'localhost',
    '1.2.3',
    '1.2.3.4.5',
    '256.0.0.1',
    '1.2.3.256',
    '::g',
    ':::',
    '1::2::3',
    '1:2:3',
    '1.2.3.4:80',
    '[::1]:80',
    '1.2.3.4/8',
    '-1.2.3.4',
    '1.2.3.4 ',
    '0x7f.0.0.1',
  ]) {
    test(`${JSON.stringify(text)} is none`, () => assert.equal(parseAddress(text), null))
  }

  const ranges: [address: string, base: string, prefix: number, isIn: boolean][] = [
    ['10.255.255.255', '10.0.0.0', 8, true],
    ['11.0.0.0', '10.0.0.0', 8, false],
    ['::ffff:10.1.2.3', '10.0.0.0', 8, true],
    ['10.1.2.3', '::ffff:10.0.0.0', 104, true],
    ['192.0.2.1', '192.0.2.1', 32, true],
    ['192.0.2.2', '192.0.2.1', 32, false],
    ['192.0.2.2', '192.0.2.0', 31, false],
    ['192.0.2.1', '192.0.2.0', 31, true],
    ['255.255.255.255', '0.0.0.0', 0, true],
    ['2001:db8::1', '0.0.0.0', 0, false],
    ['::1', '0.0.0.0', 0, false],
    ['2001:db8:ffff::1', '2001:db8::', 32, true],
    ['2001:db9::1', '2001:db8::', 32, false],
    ['10.0.0.1', '::', 0, true],
    ['::1', '::1', 128, true],
  ]
  for (const [address, base, prefix, isIn] of ranges) {
    test(`${address} is ${isIn ? '' : 'not '}in ${base}/${prefix}`, () => {
      assert.equal(inRange(parseAddress(address) ?? -1n, { address: base, prefix }), isIn)
    })
  }

  test('only 127.0.0.0/8 and ::1 are loopback', () => {
    for (const text of ['127.0.0.1', '127.255.255.255', '::1', '::ffff:127.0.0.1']) {
      assert.equal(isLoopback(parseAddress(text) ?? -1n), true, text)
    }
    for (const text of [
      '128.0.0.1',
      '126.255.255.255',
      '::2',
      '::',
      '0.0.0.0',
      '::127.0.0.1',
      '10.0.0.1',
    ]) {
      assert.equal(isLoopback(parseAddress(text) ?? -1n), false, text)
    }
  })
})
