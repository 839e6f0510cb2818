import type { Texts } from './en.ts'

export const koHelp: Texts['help'] = {
  situation: {
    new: {
      title: '아직 아무도 {host}의 인증서를 확인하지 않았습니다',
      detail:
        '이 서버가 처음 보는 인증서입니다. 새 호스트라면 당연한 일입니다. 하지만 누군가 이 서버와 {host} 사이에 끼어들어도 똑같이 보입니다. 어느 쪽인지는 노드에서 직접 봐야 알 수 있습니다. 그 전에는 {host}에 비밀번호도 티켓도 보내지 않습니다.',
    },
    changed: {
      title: '{host}의 인증서가 바뀌었습니다',
      detail:
        '인증서를 갱신하거나 다시 설치하면 바뀝니다. 누군가 이 서버와 {host} 사이에 끼어들어도 바뀝니다. 어느 쪽인지는 노드에서 직접 봐야 알 수 있습니다. 그 전에는 {host}에 비밀번호도 티켓도 보내지 않습니다.',
    },
    ready: {
      title: '{host} 호스트를 신뢰합니다',
      detail: '인증서가 확인되었습니다. 계속할 수 있습니다.',
    },
    unreachable: {
      title: '{host} 호스트가 응답하지 않습니다',
      detail: '호스트가 응답해야 인증서를 볼 수 있습니다. 잠시 뒤 다시 확인하세요.',
    },
    unknown: {
      title: '이 이름의 호스트가 없습니다',
      detail: 'pve-console 설정에 이 호스트가 없습니다. 돌아가서 다른 호스트를 고르세요.',
    },
  },
  shown: '지금 보이는 지문',
  expected: '전에 확인한 지문',
  fingerprint: '지문',
  differing: '32쌍 가운데 {n}쌍이 다릅니다.',
  onlyFingerprint:
    '지문만 기억하므로 이 페이지에서는 정상적인 갱신인지 남의 인증서인지 구별할 수 없습니다.',
  subject: '주체',
  issuer: '발급자',
  valid: '유효 기간',
  validFromTo: '{from} ~ {to}',
  expired: '기간이 지났습니다.',
  early: '아직 유효하지 않습니다.',
  names: '이름',
  noNames: '없음',
  print: {
    title: 'PVE 노드에서 지문을 출력합니다.',
    detail: '노드의 화면이나 이미 신뢰하는 SSH 세션을 쓰세요.',
  },
  compare: {
    title: '위의 ‘지금 보이는 지문’과 32쌍을 모두 비교합니다.',
    detail: '다르면 여기서 멈추고, 무엇이 대신 응답하는지 알아보세요.',
  },
  confirm: {
    title: '같으면 pve-console 서버가 있는 컴퓨터에서 관리자가 확인합니다.',
    detail: '명령을 실행하면 이 호스트의 주소마다 인증서를 보여 주고 먼저 묻습니다.',
  },
  confirmAs: '{user} 사용자로 실행하세요.',
  again: { title: '다시 확인합니다.', detail: '있던 곳으로 돌아갑니다.' },
  whyNot: '왜 여기서 승인할 수 없나요?',
  whyNotDetail:
    '가짜 인증서를 보여 줄 수 있는 사람은 가짜 페이지도 보여 줄 수 있습니다. 그래서 설정이 있는 곳에서, 그곳에 접근할 수 있는 사람이 승인합니다.',
  lessOften: '덜 묻게 하려면',
  lessOftenDetail:
    '설정에서 이 호스트에 클러스터의 CA(ca)를 지정하세요. CA는 그대로이므로 갱신해도 다시 묻지 않습니다. 설정에 ca 또는 fingerprint 값이 있으면 그 값만 따르므로 설정에서 바꿔야 합니다.',
  check: '다시 확인',
  checking: '{host}에 확인하는 중',
  watching: '5초마다 {host} 상태를 확인합니다.',
  still: '{host}: 방금 확인했지만 아직 승인되지 않았습니다.',
  goOn: '계속',
  copy: '복사',
  copyOf: '복사: {what}',
  copied: '복사했습니다.',
  copyFailed: '브라우저에서 복사를 허용하지 않았습니다. 직접 선택해 복사하세요.',
}
