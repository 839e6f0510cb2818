/** The page about a host's certificate. */
export const enHelp = {
  situation: {
    new: {
      title: 'Nobody has confirmed {host}’s certificate yet',
      detail:
        'This server sees it for the first time, as on every new host. It would see a stranger’s just as well, if someone sat between this server and {host}. Only a look at the node itself can tell. Until then nothing is sent to {host}: no password, no ticket.',
    },
    changed: {
      title: '{host} shows a different certificate',
      detail:
        'That happens after a renewal or a reinstall. It also happens when someone sits between this server and {host}. Only a look at the node itself can tell which. Until then nothing is sent to {host}: no password, no ticket.',
    },
    ready: { title: '{host} is trusted', detail: 'Its certificate is confirmed. You can go on.' },
    unreachable: {
      title: '{host} does not answer',
      detail: 'Its certificate cannot be looked at until it answers. Check again in a moment.',
    },
    unknown: {
      title: 'There is no host of this name',
      detail: 'pve-console has no such host in its configuration. Go back and pick another.',
    },
  },
  shown: 'Shown now',
  expected: 'Confirmed before',
  fingerprint: 'the fingerprint',
  differing: '{n} of 32 pairs differs.|{n} of 32 pairs differ.',
  onlyFingerprint:
    'Only the fingerprint is remembered, so this page cannot tell a proper renewal from a stranger.',
  subject: 'Subject',
  issuer: 'Issuer',
  valid: 'Valid',
  validFromTo: '{from} to {to}',
  expired: 'It has expired.',
  early: 'It is not valid yet.',
  names: 'Names',
  noNames: 'None',
  print: {
    title: 'On the PVE node, print its fingerprint.',
    detail: 'Use its own screen or an SSH session you already trust.',
  },
  compare: {
    title: 'Compare it with “Shown now”, all 32 pairs.',
    detail: 'If they differ, stop here and find out what answers in its place.',
  },
  confirm: {
    title: 'They are equal: on the machine that runs pve-console, the administrator confirms it.',
    detail: 'The command shows what each address of this host presents, and asks first.',
  },
  confirmAs: 'To be typed as the user {user}.',
  again: { title: 'Check again.', detail: 'You return to where you were.' },
  whyNot: 'Why can’t I approve it here?',
  whyNotDetail:
    'Whoever could show you a false certificate could also show you a false page. Approval is done where the configuration lives, by someone who can reach it.',
  lessOften: 'How to be asked less often',
  lessOftenDetail:
    'Give this host the cluster’s CA (ca in the configuration). Renewals then pass by themselves, because the CA stays the same. Where the configuration names a ca or a fingerprint, that alone decides, and it is changed there.',
  check: 'Check again',
  checking: 'Asking {host}',
  watching: 'This page looks at {host} every 5 s.',
  still: '{host}: checked just now, still not confirmed.',
  goOn: 'Go on',
  copy: 'Copy',
  copyOf: 'Copy {what}',
  copied: 'Copied.',
  copyFailed: 'The browser did not allow copying. Select the text and copy it.',
} as const
