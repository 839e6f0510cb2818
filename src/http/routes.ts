/** The API as a table: what answers, who may ask, what goes in and out. Guards and documentation come from it. */
import type { Handler } from 'hono'
import * as v from 'valibot'
import {
  ConsoleQuery,
  closeConsole,
  listConsoles,
  openGuestConsole,
  openNodeConsole,
} from './consoles.ts'
import {
  ActivityRequest,
  Certificate,
  ChallengeAnswer,
  ChallengeRequest,
  Change,
  ConsoleSummary,
  Guest,
  GuestList,
  HostSummary,
  OpenIdAnswer,
  OpenIdRequest,
  OpenIdReturn,
  OwnSession,
  PowerAnswer,
  PowerRequest,
  ProblemNews,
  Realm,
  SessionNews,
  SessionSummary,
  SignedIn,
  SignInRequest,
  Snapshot,
  Task,
} from './contract.ts'
import type { Deps, Env } from './deps.ts'
import { streamEvents } from './events.ts'
import { listGuests, showGuest } from './guests.ts'
import { listHosts, listRealms, showCertificate } from './hosts.ts'
import { finishOpenIdSignIn, startOpenIdSignIn } from './openid.ts'
import { endOwnSession, listOwnSessions, showSession, stayActive } from './own-sessions.ts'
import { power, showTask } from './power.ts'
import { answerChallenge, signIn, signOut, signOutOfHost } from './sign-in.ts'

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** In Hono's form: `:name` stands for one segment. */
  readonly path: string
  /** One sentence on what it does. */
  readonly about: string
  /** Who gets an answer: anybody, who has a session, or who is signed in to the host in the path. */
  readonly access: 'anybody' | 'session' | 'host'
  readonly body?: v.GenericSchema
  readonly query?: v.ObjectSchema<v.ObjectEntries, undefined>
  /** What it answers when all is well; null where there is no body. */
  readonly answers: Readonly<Record<number, v.GenericSchema | null>>
  /** It takes WebSockets, and tells in the close code why there is no console. */
  readonly socket?: true
  /** It answers with server-sent events: what the data of each is. */
  readonly events?: Readonly<Record<string, v.GenericSchema>>
  readonly handle: (deps: Deps) => Handler<Env>
}

const SIGN_IN_ANSWERS = { 200: SignedIn, 202: ChallengeAnswer }

const signingIn: readonly Route[] = [
  {
    ...{ method: 'GET', path: '/api/hosts', access: 'anybody', handle: listHosts },
    about: 'The configured hosts, each with how it is and who is signed in there.',
    answers: { 200: v.array(HostSummary) },
  },
  {
    ...{ method: 'GET', path: '/api/hosts/:host/realms', access: 'anybody', handle: listRealms },
    about: 'The realms of a host, as its own sign-in form has them.',
    answers: { 200: v.array(Realm) },
  },
  {
    ...{ method: 'GET', path: '/api/hosts/:host/certificate', access: 'anybody' },
    about: 'The certificate that a host presents; to strangers only while it is not trusted.',
    answers: { 200: Certificate },
    handle: showCertificate,
  },
  {
    ...{ method: 'POST', path: '/api/hosts/:host/session', access: 'anybody', handle: signIn },
    about: 'Signs in to a host; 202 says that a second factor has to follow.',
    ...{ body: SignInRequest, answers: SIGN_IN_ANSWERS },
  },
  {
    ...{ method: 'POST', path: '/api/hosts/:host/session/challenge', access: 'anybody' },
    about: 'Finishes a sign-in with a second factor.',
    ...{ body: ChallengeRequest, answers: SIGN_IN_ANSWERS, handle: answerChallenge },
  },
  {
    ...{ method: 'POST', path: '/api/hosts/:host/session/openid', access: 'anybody' },
    about: 'Begins a sign-in through the identity provider of a realm.',
    ...{ body: OpenIdRequest, answers: { 200: OpenIdAnswer }, handle: startOpenIdSignIn },
  },
  {
    ...{ method: 'POST', path: '/api/signin', access: 'anybody', handle: finishOpenIdSignIn },
    about: 'Finishes a sign-in with what an identity provider sent back.',
    ...{ body: OpenIdReturn, answers: SIGN_IN_ANSWERS },
  },
]

const sessions: readonly Route[] = [
  {
    ...{ method: 'DELETE', path: '/api/hosts/:host/session', access: 'session' },
    about: 'Signs out of one host; its consoles end.',
    ...{ answers: { 204: null }, handle: signOutOfHost },
  },
  {
    ...{ method: 'GET', path: '/api/session', access: 'session', handle: showSession },
    about: 'The asker’s session: where they are signed in, and when it ends.',
    answers: { 200: SessionSummary },
  },
  {
    ...{ method: 'POST', path: '/api/session/activity', access: 'session', handle: stayActive },
    about: 'Says that somebody is there, so that the session does not end for idleness.',
    ...{ body: ActivityRequest, answers: { 200: SessionSummary } },
  },
  {
    ...{ method: 'DELETE', path: '/api/session', access: 'session', handle: signOut },
    about: 'Signs out everywhere; every console ends.',
    answers: { 204: null },
  },
  {
    ...{ method: 'GET', path: '/api/sessions', access: 'session', handle: listOwnSessions },
    about: 'The sessions in which one of the asker’s accounts is signed in.',
    answers: { 200: v.array(OwnSession) },
  },
  {
    ...{ method: 'DELETE', path: '/api/sessions/:id', access: 'session', handle: endOwnSession },
    about: 'Signs the asker’s accounts out of one of those sessions.',
    answers: { 204: null },
  },
]

const guests: readonly Route[] = [
  {
    ...{ method: 'GET', path: '/api/guests', access: 'session', handle: listGuests },
    about: 'Guests and nodes of all hosts that the asker is signed in to, as they may see them.',
    answers: { 200: GuestList },
  },
  {
    ...{ method: 'GET', path: '/api/events', access: 'session', handle: streamEvents },
    about: 'Server-sent events that keep a list up to date: snapshot, change, problem, session.',
    answers: { 200: null },
    events: { snapshot: Snapshot, change: Change, problem: ProblemNews, session: SessionNews },
  },
  {
    ...{ method: 'GET', path: '/api/hosts/:host/guests/:vmid', access: 'host', handle: showGuest },
    about: 'One guest, with its state as it is now.',
    answers: { 200: Guest },
  },
  {
    ...{ method: 'POST', path: '/api/hosts/:host/guests/:vmid/power', access: 'host' },
    about: 'Begins a power action; the answer names the task that carries it out.',
    ...{ body: PowerRequest, answers: { 202: PowerAnswer }, handle: power },
  },
  {
    ...{ method: 'GET', path: '/api/hosts/:host/tasks/:upid', access: 'host', handle: showTask },
    about: 'How a task is getting on, and its log.',
    answers: { 200: Task },
  },
]

const consoles: readonly Route[] = [
  {
    ...{ method: 'GET', path: '/api/consoles', access: 'session', handle: listConsoles },
    about: 'The open consoles of the asker’s session.',
    answers: { 200: v.array(ConsoleSummary) },
  },
  {
    ...{ method: 'DELETE', path: '/api/consoles/:id', access: 'session', handle: closeConsole },
    about: 'Ends one of them.',
    answers: { 204: null },
  },
  {
    ...{ method: 'GET', path: '/api/hosts/:host/guests/:vmid/console', access: 'host' },
    about: 'A guest’s screen as RFB with security type None, or its terminal.',
    ...{ query: ConsoleQuery, answers: { 101: null }, socket: true, handle: openGuestConsole },
  },
  {
    ...{ method: 'GET', path: '/api/hosts/:host/nodes/:node/console', access: 'host' },
    about: 'A node’s shell as a terminal, or as RFB.',
    ...{ query: ConsoleQuery, answers: { 101: null }, socket: true, handle: openNodeConsole },
  },
]

export const ROUTES: readonly Route[] = [...signingIn, ...sessions, ...guests, ...consoles]
