/** Signing in and asking for one's rights. */
import { answer, type Outcome } from './http-session.ts'
import { capabilities, listPermissions, privilegesOn } from './privileges.ts'
import { type Call, type Data, data, notDoneYet, type Route } from './route.ts'
import { ApiError, badParams, type Rule, type Rules } from './schema.ts'
import { shuffled, shuffledJson } from './wire.ts'
import { isCluster, major, messageOf, type World } from './world.ts'

const ticketRules: Rules = {
  username: { type: 'string', maxLength: 64 },
  realm: { type: 'string', maxLength: 32, optional: true },
  password: { type: 'string' },
  otp: { type: 'string', optional: true },
  'tfa-challenge': { type: 'string', optional: true },
  'new-format': { type: 'boolean', optional: true },
  path: { type: 'string', maxLength: 64, optional: true },
  privs: { type: 'string', maxLength: 64, optional: true },
}

const redirectUrl: Rule = { type: 'string', maxLength: 255 }

export const accessRoutes: readonly Route[] = [
  { method: 'GET', path: '/access/domains', access: 'anybody', rules: {}, run: listDomains },
  { method: 'POST', path: '/access/ticket', access: 'anybody', rules: ticketRules, run: signIn },
  {
    method: 'GET',
    path: '/access/permissions',
    access: 'user',
    rules: { path: { type: 'string', optional: true }, userid: { type: 'string', optional: true } },
    run: permissions,
  },
  {
    method: 'POST',
    path: '/access/openid/auth-url',
    access: 'anybody',
    rules: { realm: { type: 'string', maxLength: 32 }, 'redirect-url': redirectUrl },
    run: openIdUrl,
  },
  {
    method: 'POST',
    path: '/access/openid/login',
    access: 'anybody',
    rules: {
      state: { type: 'string', maxLength: 1024 },
      code: { type: 'string', maxLength: 4096 },
      'redirect-url': redirectUrl,
    },
    run: openIdSignIn,
  },
]

function listDomains({ world }: Call): Data {
  return data(
    shuffled([
      ...builtIn,
      ...world.openid.realms.map(({ realm, comment }) => ({ realm, type: 'openid', comment })),
    ]),
  )
}

const builtIn = [
  { realm: 'pam', type: 'pam', comment: 'Linux PAM standard authentication' },
  { realm: 'pve', type: 'pve', comment: 'Proxmox VE authentication server' },
]

/** What is wrong with the realm or its provider is an error like any other here, unlike at the second step. */
async function openIdUrl({ world, node, params }: Call): Promise<Data> {
  const { realm = '', 'redirect-url': redirect = '' } = params
  if (!/^[A-Za-z][A-Za-z0-9.\-_]+$/.test(realm)) {
    throw badParams({ realm: `value does not look like a valid realm` })
  }
  if (!world.openid.realms.some((each) => each.realm === realm)) {
    const known = builtIn.find((each) => each.realm === realm)
    throw new ApiError(
      500,
      known
        ? `wrong realm type (${known.type} != openid)`
        : `authentication domain '${realm}' does not exist`,
    )
  }
  try {
    return data(await world.openid.authUrl(node, realm, redirect))
  } catch (error) {
    throw new ApiError(500, String(error instanceof Error ? error.message : error))
  }
}

async function openIdSignIn({ world, node, params }: Call): Promise<Data | Outcome> {
  const { state = '', code = '', 'redirect-url': redirect = '' } = params
  try {
    return data(
      signedIn(world, knownUser(world, await world.openid.signIn(node, state, code, redirect))),
    )
  } catch {
    // PVE writes the reason into its log and says nothing of it, so that nobody learns who exists.
    return refused(world)
  }
}

/** The user who came back from the provider, made now where the realm says so. */
function knownUser(world: World, name: string): string {
  const userid = fullName(name, undefined)
  const cut = userid.lastIndexOf('@')
  const realm = world.openid.realms.find((each) => each.realm === userid.slice(cut + 1))
  if (realm?.autocreate && !world.book.find(userid)) {
    world.book.create(userid.slice(0, cut), realm.realm)
  }
  if (!world.book.isEnabled(userid)) throw new Error(`user '${userid}' is disabled`)
  return userid
}

function signIn(call: Call): Data | Outcome {
  const { params, world } = call
  if (params.path !== undefined || params.privs !== undefined) return notDoneYet(call)
  const userid = fullName(params.username ?? '', params.realm)
  const password = params.password ?? ''
  const challenge = params['tfa-challenge']
  const account = world.book.find(userid)
  if (challenge !== undefined) {
    const pending = world.office.isSecondFactor(challenge, userid)
    const passed = pending && world.book.answerChallenge(userid, password)
    return passed ? data(signedIn(world, userid)) : refused(world)
  }
  if (password.startsWith('PVE:')) return renew(world, userid, password)
  const known = account?.password !== '' && account?.password === password
  if (!known || !world.book.isEnabled(userid)) return refused(world)
  const factors = world.book.challenge(userid)
  if (params.otp !== undefined) {
    const passed = factors !== undefined && world.book.answerChallenge(userid, params.otp)
    return passed ? data(signedIn(world, userid)) : refused(world)
  }
  if (!factors) return data(signedIn(world, userid))
  // Its older way goes by another call.
  if (major(world) < 8 && params['new-format'] !== '1') return notDoneYet(call)
  return data({
    ...clusterName(world, userid),
    username: userid,
    ticket: world.office.secondFactor(userid, factors),
    CSRFPreventionToken: world.office.csrf(userid),
    NeedTFA: 1,
  })
}

/** A ticket in place of the password. One of root@pam is good for anybody, second factor or not. */
function renew(world: World, userid: string, ticket: string): Data | Outcome {
  const owner = world.office.loginUser(ticket)
  const allowed = owner === userid || owner === 'root@pam'
  return allowed && world.book.isEnabled(userid) ? data(signedIn(world, userid)) : refused(world)
}

function signedIn(world: World, userid: string): Record<string, unknown> {
  return {
    ...clusterName(world, userid),
    username: userid,
    ticket: world.office.login(userid),
    CSRFPreventionToken: world.office.csrf(userid),
    cap: capabilities(world.book.access(userid)),
  }
}

function clusterName(world: World, userid: string): { clustername?: string } {
  const shown = isCluster(world) && world.book.has(userid, '/', 'Sys.Audit')
  return shown ? { clustername: world.options.key } : {}
}

/** Realms may be written in any case; the canonical spelling is answered. */
function fullName(username: string, realm: string | undefined): string {
  const name = realm === undefined ? username : `${username}@${realm}`
  const cut = name.lastIndexOf('@')
  if (cut < 1 || name.length < 3 || name.length > 64 || /[\s:/]/.test(name)) {
    throw badParams({ username: `value '${name}' does not look like a valid user name` })
  }
  return `${name.slice(0, cut)}${name.slice(cut).toLowerCase()}`
}

function refused(world: World): Outcome {
  const content = { data: null, ...messageOf(world, 'authentication failure\n') }
  return answer(
    {
      status: 401,
      reason: 'authentication failure',
      body: shuffledJson(content),
      contentType: 'application/json;charset=UTF-8',
    },
    world.settings.authFailureDelayMs,
  )
}

function permissions(call: Call): Data {
  const { world, params, userid } = call
  if (params.userid !== undefined && params.userid !== userid) return notDoneYet(call)
  const list = world.book.access(userid)
  if (params.path !== undefined) return data({ [params.path]: privilegesOn(list, params.path) })
  return data(listPermissions(list, world.book.configuredPaths))
}
