import type { Texts } from './en.ts'

export const koSignIn: Texts['signIn'] = {
  title: '로그인',
  intro:
    '호스트를 고르고 본인의 Proxmox VE 계정으로 로그인하세요. 다른 호스트는 나중에 더할 수 있습니다.',
  hosts: '호스트',
  untrusted:
    '아직 아무도 이 호스트의 인증서를 확인하지 않았습니다. 확인 전에는 로그인할 수 없습니다.',
  seeCertificate: '인증서 보기',
  nextTry: '{n}초 뒤 다시 시도합니다.',
  tryNow: '지금 시도',
  realm: '인증 영역',
  realmAsking: '{host}에서 불러오는 중',
  realmFailed: '{host}에서 인증 영역 목록을 받지 못했습니다.',
  user: '사용자 이름',
  password: '비밀번호',
  show: '비밀번호 표시',
  hide: '비밀번호 숨김',
  submit: '로그인',
  busy: '로그인하는 중',
  promise:
    '비밀번호는 {host}에 한 번만 전달되고 저장되지 않습니다. 티켓은 이 서버의 메모리에만 있고, 브라우저에는 세션 쿠키만 남습니다.',
  rights: '볼 수 있는 것과 할 수 있는 것은 Proxmox VE 권한을 따릅니다.',
  keyHost: '호스트',
  keyNext: '다음 칸',
  waitSeconds: '로그인 실패가 너무 많습니다. {n}초 뒤 다시 시도하세요.',
  asking: '호스트 목록을 불러오는 중',
  noHosts: '설정된 호스트가 없습니다.',
  noHostsHint: '관리자가 추가할 수 있습니다: pve-console --host home=주소',
  noReady: '로그인할 수 있는 호스트가 없습니다.',
  userMissing: '사용자 이름을 입력하세요.',
  passwordMissing: '비밀번호를 입력하세요.',
  nameHasRealm: '“@{realm}” 부분은 빼고 입력하세요. 인증 영역은 위에서 고릅니다.',
}

export const koFactor: Texts['factor'] = {
  title: '2단계 인증',
  intro: '비밀번호가 확인되었습니다. 이 계정에는 두 번째 인증이 필요합니다.',
  method: '인증 방법',
  totp: '인증 앱 코드',
  recovery: '복구 키',
  yubico: 'Yubico OTP',
  totpLabel: '인증 앱에 표시된 6자리 숫자',
  recoveryLabel: '가지고 있는 복구 키 하나',
  yubicoLabel: 'YubiKey를 터치하세요',
  submit: '확인',
  back: '뒤로',
  change: '계정 바꾸기',
  wrong: '코드가 올바르지 않습니다.',
  missing: '코드를 입력하세요.',
  webauthn:
    '보안 키(WebAuthn)는 PVE 주소에 묶여 있어 여기서는 쓸 수 없습니다. PVE에서 인증 앱이나 복구 키를 함께 등록해 두세요.',
  webauthnOnly:
    '이 계정에는 보안 키만 등록되어 있습니다. 보안 키는 PVE 주소에서만 쓸 수 있어 여기서는 동작하지 않습니다. PVE에 한 번 로그인해 인증 앱이나 복구 키를 등록하거나 다른 계정을 사용하세요.',
  noneLeft:
    'PVE에서 두 번째 인증을 요구하지만 여기서 쓸 수 있는 방법이 없습니다. 복구 키를 모두 썼을 수 있습니다. PVE 관리자에게 다른 인증 방법을 요청하거나 다른 계정을 사용하세요.',
}

export const koProvider: Texts['provider'] = {
  submit: '{realm} 계정으로 로그인',
  leaving: '{realm} 페이지를 여는 중',
  promise:
    '{realm} 페이지에서 로그인한 뒤 여기로 돌아옵니다. 비밀번호는 이 서버를 거치지 않고, 브라우저에는 세션 쿠키만 남습니다.',
  again: '{user} 계정은 {realm} 페이지에서 로그인합니다.',
  finishing: '로그인을 마치는 중입니다',
  cancelled: {
    title: '로그인을 취소했습니다.',
    detail: '로그인하지 않고 돌아왔습니다. 다시 시작하거나 다른 인증 영역을 고르세요.',
  },
  failed: {
    title: '인증 서버에서 오류가 났습니다.',
    detail: '로그인되지 않았습니다. 다시 시도해도 같으면 인증 서버 관리자에게 알리세요.',
  },
  refused: {
    title: 'PVE에서 로그인을 거부했습니다.',
    detail:
      '인증 서버가 확인한 내용을 PVE에서 받아들이지 않았습니다. 이 계정으로 로그인할 수 있는지 PVE 관리자에게 문의하세요.',
  },
}
