/** The version of this program, as package.json says. */
export { version } from '../package.json' with { type: 'json' }
