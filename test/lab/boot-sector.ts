import type { GuestProgram } from './lab.ts'

/** The bytes of guest/echo.asm, ready to boot: assembling it again is only needed after a change there. */
const code = [
  '31c08ed88ed0bc007cb800b88ec0fcfbb80300cd10ba0206b80001efbafa03b007eebb237de8d100e8db00f4a16c',
  '04bf9600b90400c1c00450e81401b41fab58e2f3ba0006edf6c4017407ba0406b80020efb411cd16746fb410cd16',
  '89c5bb3e7d88e0e8db0089e8e8d600b00ae8ce0089e83ce0741184c0740d3c0d742e3c08741be89e00eb30b03ce8',
  '9700bb237d89e888e0e8ab00b03ee88800eb1ae88300b020e87e00b008e87900eba6e87400b00ae86f00e86500b4',
  '03b700cd1080fe187290e84100eb8bbafd03ec3cff0f845affa8010f8454ffbaf803ece84f003c0d75e5bb2d7db0',
  '0ae84300e80c00b00de83b00b00ae83600ebcebe807dac84c07404ffd3ebf7c3b80006b707b90002ba4f18cd10b4',
  '02b700ba0002cd10b03ee80200b02060b40ebb0700cd1061c35250bafd03eca82074fb58baf803ee5ac3e6e9c350',
  'c0e804e80800ffd358e80200ffe3240f04303c3976020407c3',
].join('')

/** The bytes of guest/busy.asm, as above. */
const busyCode = 'b80300cd10b800b88ec0fc30db31ffb9f00088d8b40fabfec0e2fbfec3ebee'

const bannerAt = 0x180
const bannerLimit = 70
const sectorSize = 512

/** What the machine boots: a disk's first sector, empty where it is to find nothing. */
export function diskFor(program: GuestProgram, banner: string): Buffer {
  if (program === 'echo') return bootSector(banner)
  const sector = Buffer.alloc(sectorSize)
  if (program === 'none') return sector
  sector.write(busyCode, 'hex')
  sector.writeUInt16LE(0xaa55, sectorSize - 2)
  return sector
}

/** A boot sector that shows the banner (ASCII, at most 70 characters) in its first row. */
export function bootSector(banner: string): Buffer {
  const sector = Buffer.alloc(sectorSize)
  sector.write(code, 'hex')
  sector.write(banner.slice(0, bannerLimit), bannerAt, 'latin1')
  sector.writeUInt16LE(0xaa55, sectorSize - 2)
  return sector
}
