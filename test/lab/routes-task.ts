/** Tasks: their list, state, log and end. */
import { type Call, type Data, data, type Route, requirePrivilege } from './route.ts'
import { nodeOf } from './routes-guest.ts'
import { badParams, count, flag, node, type Rule, text } from './schema.ts'
import { isUpid, type Task } from './tasks.ts'

const upid: Rule = { type: 'string' }
/** Lines or tasks an answer has when the call does not say. */
const defaultLimit = 50
const listRules = {
  ...{ node, start: count, limit: count, vmid: count, since: count, until: count },
  ...{ errors: flag, source: text, typefilter: text, statusfilter: text, userfilter: text },
}

export const taskRoutes: readonly Route[] = [
  { method: 'GET', path: '/nodes/{node}/tasks', access: 'user', rules: listRules, run: list },
  { method: 'GET', path: '/cluster/tasks', access: 'user', rules: {}, run: listCluster },
  {
    method: 'GET',
    path: '/nodes/{node}/tasks/{upid}/status',
    access: 'user',
    rules: { node, upid },
    run: (call) => data(describe(find(call), true)),
  },
  {
    method: 'GET',
    path: '/nodes/{node}/tasks/{upid}/log',
    access: 'user',
    rules: { node, upid, start: count, limit: count, download: flag },
    run: log,
  },
  {
    method: 'DELETE',
    path: '/nodes/{node}/tasks/{upid}',
    access: 'user',
    rules: { node, upid },
    run: (call) => {
      find(call, 'Sys.Modify').stop()
      return data(null)
    },
  },
]

/** The task a call names, for its owner or whoever may audit (or modify) the node. */
function find(call: Call, privilege = 'Sys.Audit'): Task {
  const name = call.params.upid ?? ''
  if (!isUpid(name)) throw badParams({ upid: 'unable to parse worker upid' })
  const task = call.world.tasks.find(name)
  const owner = name.split(':')[7]
  if (owner !== call.userid) {
    requirePrivilege(call.world, call.userid, `/nodes/${nodeOf(call)}`, privilege)
  }
  if (task?.node !== nodeOf(call)) throw badParams({ upid: 'no such task' })
  return task
}

function log(call: Call): Data {
  const task = find(call)
  const start = Number(call.params.start ?? 0)
  const limit = Number(call.params.limit ?? defaultLimit)
  const lines = task.log.length > 0 ? task.log : ['no content']
  const shown = lines.map((t, index) => ({ n: index + 1, t }))
  return data(shown.slice(start, start + limit), lines.length)
}

function list(call: Call): Data {
  const { params } = call
  const visible = visibleTasks(call).filter(
    (task) =>
      task.node === nodeOf(call) &&
      (params.vmid === undefined || task.id === params.vmid) &&
      (params.typefilter === undefined || task.type === params.typefilter) &&
      (params.errors !== '1' || (task.exitstatus ?? 'OK') !== 'OK'),
  )
  const start = Number(params.start ?? 0)
  const shown = visible.slice(start, start + Number(params.limit ?? defaultLimit))
  return data(
    shown.map((task) => describe(task, false)),
    visible.length,
  )
}

function listCluster(call: Call): Data {
  return data(visibleTasks(call).map((task) => describe(task, false)))
}

/** Newest first. */
function visibleTasks(call: Call): Task[] {
  const { world, userid } = call
  const mayRead = (task: Task) =>
    task.userid === userid || world.book.has(userid, `/nodes/${task.node}`, 'Sys.Audit')
  return world.tasks.all.filter(mayRead).reverse()
}

/** Lists give the exit status as `status`; a single task says whether it runs. */
function describe(task: Task, single: boolean): Record<string, unknown> {
  const { upid, node, type, id, userid, starttime, pid, pstart, exitstatus, endtime } = task
  const common = { upid, node, type, id, user: userid, starttime, pid, pstart }
  if (!single) {
    return { ...common, ...(exitstatus === undefined ? {} : { status: exitstatus, endtime }) }
  }
  const status = exitstatus === undefined ? 'running' : 'stopped'
  return { ...common, status, ...(exitstatus === undefined ? {} : { exitstatus }) }
}
