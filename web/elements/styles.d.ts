/** A style sheet's address, relative to the script that names it. */
declare module '*.css' {
  const address: string
  export default address
}
