import type { Texts } from '../i18n/en.ts'
import { fill } from '../i18n/fill.ts'
import { plainLine } from '../model/format.ts'
import type { HostGroup, NodeGroup } from '../model/guest-list.ts'
import { Amount, GuestRow, Load, uptimeText } from './guest-row.tsx'
import { Icon, StatusGlyph } from './icon.tsx'

/** All guests, host by host and node by node, in one grid of columns. */
export function GuestTable(props: { groups: readonly HostGroup[]; base: string; texts: Texts }) {
  const { texts } = props
  return (
    <table class="table" aria-label={texts.nav.guests}>
      <thead>
        <ColumnHead texts={texts} />
      </thead>
      {props.groups.map((group) => (
        <tbody key={group.key} class="host-group" data-host={group.key}>
          <tr class="row host-head">
            <th class="cell cell-host" scope="rowgroup">
              <bdi class="host-label">{group.label}</bdi>
              <span class="hint">{hostNote(group)}</span>
            </th>
            <td class="cell cell-count hint">{hostCount(group, texts)}</td>
          </tr>
          {group.nodes.flatMap((node) => [
            <NodeHead key={`node ${node.name}`} group={node} texts={texts} />,
            ...node.guests.map((guest) => (
              <GuestRow key={String(guest.vmid)} guest={guest} base={props.base} texts={texts} />
            )),
          ])}
        </tbody>
      ))}
    </table>
  )
}

function hostNote(group: HostGroup): string {
  return [group.version && `PVE ${group.version}`, group.user].filter(Boolean).join(', ')
}

function hostCount(group: HostGroup, texts: Texts): string {
  const nodes = fill(texts.guests.nodes, { n: group.nodes.length })
  return `${nodes}, ${fill(texts.guests.count, { n: group.guests })}`
}

function ColumnHead({ texts }: { texts: Texts }) {
  const { guests } = texts
  const columns = [
    ['status', guests.status],
    ['vmid', guests.vmid],
    ['name', guests.name],
    ['type', guests.type],
    ['tags', guests.tags],
    ['cpu', guests.cpu],
    ['memory', guests.memory],
    ['uptime', guests.uptime],
  ] as const
  return (
    <tr class="row column-head">
      {columns.map(([key, name]) => (
        <th key={key} class={`cell cell-${key}`} scope="col">
          {name}
        </th>
      ))}
      <th class="cell cell-actions" scope="col">
        <span class="unseen">{guests.actions}</span>
      </th>
    </tr>
  )
}

function NodeHead({ group, texts }: { group: NodeGroup; texts: Texts }) {
  const { node } = group
  const up = node?.status === 'online'
  const figures = node !== undefined && up && node.maxcpu > 0
  return (
    <tr class="row node-head" data-node={group.name} data-status={node?.status}>
      <th class="cell cell-node" scope="rowgroup">
        {node && !up ? <StatusGlyph glyph="unknown" tone="still" /> : <Icon name="node" />}
        <bdi class="node-name">{plainLine(group.name)}</bdi>
        <span class="hint">
          {figures ? fill(texts.guests.cores, { n: node.maxcpu }) : ''}
          {node && !up ? nodeWord(node.status, texts) : ''}
        </span>
      </th>
      {figures ? (
        <>
          <Load share={node.cpu} shown />
          <Amount used={node.mem} max={node.maxmem} shown />
          <td class="cell cell-uptime">{uptimeText(node.uptime, texts)}</td>
        </>
      ) : null}
    </tr>
  )
}

function nodeWord(status: string, texts: Texts): string {
  return status === 'offline' ? texts.status.offline : texts.status.unknown
}
