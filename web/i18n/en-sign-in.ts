export const enSignIn = {
  title: 'Sign in',
  intro: 'Pick a host and use your own Proxmox VE account. You can add more hosts later.',
  hosts: 'Host',
  untrusted: 'Nobody has confirmed this host’s certificate yet. Sign-in stays closed until then.',
  seeCertificate: 'See its certificate',
  nextTry: 'Next try in {n} s.',
  tryNow: 'Try now',
  realm: 'Realm',
  realmAsking: 'Asking {host}',
  realmFailed: '{host} did not tell its realms.',
  user: 'User name',
  password: 'Password',
  show: 'Show the password',
  hide: 'Hide the password',
  submit: 'Sign in',
  busy: 'Signing in',
  promise:
    'The password goes to {host} once and is not kept. Its ticket stays in this server’s memory; your browser only gets a session cookie.',
  rights: 'Proxmox VE decides what you may see and do.',
  keyHost: 'host',
  keyNext: 'next field',
  waitSeconds: 'Too many failed sign-ins. Try again in {n} s.',
  asking: 'Asking which hosts there are',
  noHosts: 'No host is configured.',
  noHostsHint: 'An administrator adds one: pve-console --host home=ADDRESS',
  noReady: 'No host is ready for sign-in.',
  userMissing: 'Enter your user name.',
  passwordMissing: 'Enter your password.',
  nameHasRealm: 'Leave out “@{realm}”: the realm is chosen above.',
} as const

export const enFactor = {
  title: 'Second factor',
  intro: 'The password was right. This account needs a second factor.',
  method: 'Method',
  totp: 'App code',
  recovery: 'Recovery key',
  yubico: 'Yubico OTP',
  totpLabel: 'The 6 digits in your authenticator app',
  recoveryLabel: 'One of your recovery keys',
  yubicoLabel: 'Touch your YubiKey',
  submit: 'Confirm',
  back: 'Back',
  change: 'Change account',
  wrong: 'This code was not accepted.',
  missing: 'Enter the code.',
  webauthn:
    'Security keys (WebAuthn) are bound to PVE’s own address and do not work here. Add an authenticator app or recovery keys in PVE as well.',
  webauthnOnly:
    'This account has a security key only. Browsers use it at PVE’s own address and nowhere else, so it does not work here. Sign in to PVE itself once and add an authenticator app or recovery keys, or use another account.',
  noneLeft:
    'PVE wants a second factor but names none that works here: recovery keys may be used up. Ask whoever manages PVE for another factor, or use another account.',
} as const

/** Sign-in through the page of somebody else who knows one. */
export const enProvider = {
  submit: 'Sign in with {realm}',
  leaving: 'Opening {realm}',
  promise:
    'You sign in on the page of {realm} and come back here. No password passes through this server; your browser only gets a session cookie.',
  again: '{user} signs in on the page of {realm}.',
  finishing: 'Finishing the sign-in',
  cancelled: {
    title: 'The sign-in was cancelled.',
    detail: 'You came back without one. Start again, or pick another realm.',
  },
  failed: {
    title: 'The identity provider reported an error.',
    detail: 'Nobody was signed in. Try again; if it stays so, tell whoever manages the provider.',
  },
  refused: {
    title: 'PVE did not let you in.',
    detail:
      'It does not accept what the identity provider says. Ask whoever manages PVE whether your account may sign in.',
  },
} as const
