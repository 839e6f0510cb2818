/** The bytes of guest/echo.asm, ready to boot: assembling it again is only needed after a change there. */
const code = [
  '31c08ed88ed0bc007cb800b88ec0fcfbb80300cd10ba0206b80001efbe807dac84c07405e8be00ebf6e89c00f4a1',
  '6c04bf9600b90400c1c00450e8d200b41fab58e2f3ba0006edf6c4017407ba0406b80020efb411cd1674d3b410cd',
  '1689c5bbef7c88e0e8990089e8e89400b00ae87e0089e83ce0741184c0740d3c0d742e3c08741be85f00eb30b03c',
  'e85800bbe57c89e888e0e86900b03ee84900eb1ae84400b020e83f00b008e83a00eba6e83500b00ae83000e82600',
  'b403b700cd1080fe187290e80200eb8bb80006b707b90002ba4f18cd10b402b700ba0002cd10b03ee80200b02060',
  'b40ebb0700cd1061c35250bafd03eca82074fb58baf803ee5ac350c0e804e80800ffd358e80200ffe3240f04303c',
  '3976020407c3',
].join('')

const bannerAt = 0x180
const bannerLimit = 70
const sectorSize = 512

/** A boot sector that shows the banner (ASCII, at most 70 characters) in its first row. */
export function bootSector(banner: string): Buffer {
  const sector = Buffer.alloc(sectorSize)
  sector.write(code, 'hex')
  sector.write(banner.slice(0, bannerLimit), bannerAt, 'latin1')
  sector.writeUInt16LE(0xaa55, sectorSize - 2)
  return sector
}
