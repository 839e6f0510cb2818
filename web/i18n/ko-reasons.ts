import type { Texts } from './en.ts'

export const koReasons: Texts['reason'] = {
  lost: {
    title: '연결이 끊겼습니다.',
    detail: '서버가 응답하지 않습니다. 네트워크를 확인하세요.',
  },
  network: {
    title: '이 서버가 응답하지 않습니다.',
    detail: '네트워크가 끊겼거나 pve-console 서버가 꺼져 있습니다. 다시 시도하세요.',
  },
  unreadable: {
    title: '응답을 읽을 수 없습니다.',
    detail: '이 페이지와 pve-console 사이에서 내용이 바뀌었습니다. 페이지를 새로 고치세요.',
  },
  ended: {
    title: '콘솔이 종료되었습니다.',
    detail: '게스트나 셸에서 콘솔을 닫았습니다. 계속하려면 다시 여세요.',
  },
  taken_over: {
    title: '이 터미널은 다른 창에서 이어지고 있습니다.',
    detail: '그사이 다른 창에서 열렸습니다. 여기서 계속하려면 다시 여세요.',
  },
  restarting: {
    title: '연결이 끊겼습니다.',
    detail: 'pve-console 서버가 다시 시작하는 중입니다. 다시 로그인해야 할 수 있습니다.',
  },
  binary_only: {
    title: '서버에서 오류가 났습니다.',
    detail: '페이지가 화면에서 받지 않는 형식을 보냈습니다. 다시 연결해도 같으면 새로 고치세요.',
  },
  too_fast: {
    title: '입력이 한꺼번에 너무 많습니다.',
    detail: '1초에 받을 수 있는 것보다 많은 키와 포인터 입력을 보냈습니다. 다시 연결하세요.',
  },
  message_too_big: {
    title: '한 번에 보낸 내용이 너무 큽니다.',
    detail: '한 번에 1 MiB를 넘게 보냈습니다. 다시 연결한 뒤 나누어 보내세요.',
  },
  bad_request: {
    title: '주소가 올바르지 않습니다.',
    detail: '이 주소로는 콘솔을 열 수 없습니다. 목록에서 게스트를 다시 여세요.',
  },
  not_signed_in: {
    title: '{host}에 다시 로그인하세요.',
    detail: '이 호스트에 로그인되어 있지 않습니다. 로그인하면 이 콘솔로 돌아옵니다.',
  },
  session_expired: {
    title: '{host}에 다시 로그인하세요.',
    detail: '세션이 만료되었습니다. 로그인하면 이 콘솔로 돌아옵니다.',
  },
  signed_out: {
    title: '{host}에 다시 로그인하세요.',
    detail: '로그아웃했습니다. 로그인하면 이 콘솔로 돌아옵니다.',
  },
  forbidden: {
    title: '이 콘솔을 열 권한이 없습니다.',
    detail: '이 계정에는 {path} 경로의 {right} 권한이 없습니다. PVE 관리자에게 요청하세요.',
  },
  no_such_guest: {
    title: '이 게스트는 더 이상 없습니다.',
    detail: '{host} 호스트에 {vmid}번 게스트가 없거나 볼 수 없습니다. 목록으로 돌아가세요.',
  },
  no_such_task: {
    title: '작업이 없습니다.',
    detail: '{host} 호스트에 없거나 볼 권한이 없는 작업입니다. 게스트 상태를 직접 확인하세요.',
  },
  wrong_state: {
    title: '게스트 상태가 그사이 바뀌었습니다.',
    detail: '지금 상태에서는 요청한 동작을 할 수 없습니다. 상태를 다시 확인하세요.',
  },
  no_such_node: {
    title: '이 노드는 더 이상 없습니다.',
    detail: '{host} 호스트에 {node} 노드가 없습니다. 목록으로 돌아가세요.',
  },
  no_such_host: {
    title: '설정에 없는 호스트입니다.',
    detail: 'pve-console 설정에 이 이름의 호스트가 없습니다. 돌아가서 다른 호스트를 고르세요.',
  },
  no_such_console: {
    title: '이 게스트에는 화면이 없습니다.',
    detail: '여기에 보여 줄 디스플레이 장치가 없습니다. PVE에서 추가한 뒤 다시 확인하세요.',
  },
  guest_not_running: {
    title: '게스트가 꺼져 있습니다.',
    detail: '게스트가 시작되면 자동으로 연결됩니다.',
  },
  guest_locked: {
    title: '게스트가 잠겨 있습니다({lock}).',
    detail: '따로 하실 일은 없습니다. 작업이 끝나면 콘솔이 열립니다.',
  },
  guest_moved: {
    title: '게스트가 다른 노드로 옮겨졌습니다.',
    detail: '따로 하실 일은 없습니다. 콘솔이 자동으로 이어집니다.',
  },
  too_many_consoles: {
    title: '열려 있는 콘솔이 너무 많습니다.',
    detail: '필요 없는 콘솔을 닫고 다시 시도하세요.',
  },
  too_many_streams: {
    title: '이 브라우저에 열린 창이 너무 많습니다.',
    detail: '창을 몇 개 닫으면 목록이 다시 실시간으로 갱신됩니다.',
  },
  host_untrusted: {
    title: '아직 아무도 {host}의 인증서를 확인하지 않았습니다.',
    detail: '아무것도 보내지 않고 연결을 닫았습니다. 관리자가 인증서를 확인해야 합니다.',
  },
  certificate_changed: {
    title: '{host}의 인증서가 바뀌었습니다.',
    detail: '아무것도 보내지 않고 연결을 닫았습니다. 관리자가 새 인증서를 확인해야 합니다.',
  },
  internal: {
    title: '서버에서 오류가 났습니다. 로그 번호 {id}.',
    detail: 'pve-console 로그에서 이 번호를 찾으면 원인을 볼 수 있습니다. 다시 연결하세요.',
  },
  pve_error: {
    title: '{host} 호스트가 요청을 거부했습니다.',
    detail: 'PVE에서 오류를 보냈습니다. 자세한 내용은 PVE 작업 로그에 있습니다.',
  },
  not_pve: {
    title: '{host} 주소에서 응답한 것은 PVE가 아닙니다.',
    detail: '주소가 틀렸거나 호스트 앞의 프록시가 스스로 응답했습니다.',
  },
  pve_closed: {
    title: '연결이 끊겼습니다.',
    detail: 'PVE에서 연결을 닫았습니다.',
  },
  rfb_failed: {
    title: '연결이 끊겼습니다.',
    detail: '게스트 화면이 연결을 받아들이지 않았습니다.',
  },
  no_quorum: {
    title: '{host} 클러스터에 쿼럼이 없습니다.',
    detail: '꺼진 노드가 너무 많아 PVE에서 시작이나 변경을 할 수 없습니다. 노드가 돌아와야 합니다.',
  },
  ports_exhausted: {
    title: '{host} 호스트에 빈 콘솔 포트가 없습니다.',
    detail: '노드마다 100개인 포트가 모두 사용 중입니다. 몇 초 뒤면 다시 비게 됩니다.',
  },
  pve_idle_limit: {
    title: 'PVE에서 쓰지 않는 화면을 닫았습니다.',
    detail:
      '15분 동안 아무것도 오가지 않으면, 터미널을 보여 주는 화면은 30분 동안 키를 누르지 않으면 PVE에서 닫습니다.',
  },
  node_unreachable: {
    title: '{host} 호스트의 노드 하나가 응답하지 않습니다.',
    detail: '호스트는 동작하지만 이 노드가 꺼졌거나 다른 노드와 연결이 끊겼습니다.',
  },
  host_unreachable: {
    title: '{host} 호스트가 응답하지 않습니다.',
    detail: '호스트가 꺼져 있거나 네트워크가 끊겼습니다.',
  },
  gateway_down: {
    title: '{host} 호스트가 응답하지 않습니다.',
    detail: '호스트 앞의 프록시가 대신 응답했습니다. 프록시가 PVE에 연결하지 못합니다.',
  },
  host_timeout: {
    title: '연결이 끊겼습니다.',
    detail: '{host} 호스트가 제때 응답하지 않았습니다.',
  },
  gateway_timeout: {
    title: '{host} 호스트가 제때 응답하지 않았습니다.',
    detail: '호스트 앞의 프록시가 PVE를 기다리다 그만두었습니다. 다시 시도하세요.',
  },
  too_slow: {
    title: '회선이 느려 화면을 따라가지 못했습니다.',
    detail: '콘솔이 보낸 것을 브라우저가 제때 받거나 답하지 못했습니다. 다시 연결하세요.',
  },
  pve_too_slow: {
    title: '{host} 호스트가 느려 입력을 따라가지 못했습니다.',
    detail: '호스트가 키와 포인터 입력을 너무 느리게 받습니다. 다시 연결하세요.',
  },
  cross_origin: {
    title: '허용되지 않은 주소입니다.',
    detail:
      'pve-console 서버가 모르는 주소로 열렸습니다. 관리자가 public_url 값을 브라우저의 주소로 설정해야 합니다.',
  },
  insecure_http: {
    title: '암호화되지 않은 HTTP에서는 로그인할 수 없습니다.',
    detail:
      '비밀번호가 전송 중에 노출될 수 있습니다. HTTPS로 열거나 관리자에게 tls.mode 또는 public_url 설정을 요청하세요.',
  },
  login_failed: {
    title: '사용자 이름 또는 비밀번호가 올바르지 않습니다.',
    detail: '사용자 이름, 인증 영역, 비밀번호를 확인하세요.',
  },
  method_not_allowed: {
    title: '여기서는 할 수 없는 작업입니다.',
    detail: '이 버전의 pve-console에는 없는 기능입니다. PVE 화면에서 하세요.',
  },
  not_found: {
    title: '이 주소에는 아무것도 없습니다.',
    detail: '주소가 잘못되었거나 이 버전에 없는 기능입니다. 목록으로 돌아가세요.',
  },
  too_large: {
    title: '내용이 너무 깁니다.',
    detail: '줄여서 다시 시도하세요.',
  },
  too_many_logins: {
    title: '로그인 실패가 너무 많습니다.',
    detail: '잠시 기다렸다가 다시 시도하세요.',
  },
  unknown_host: {
    title: '알 수 없는 주소입니다.',
    detail:
      'pve-console 서버가 자신의 주소로 알지 못합니다. 관리자가 public_url 값을 브라우저의 주소로 설정해야 합니다.',
  },
  unsupported_media_type: {
    title: '서버에서 오류가 났습니다.',
    detail: '페이지가 서버에서 받지 않는 형식을 보냈습니다. 페이지를 새로 고치세요.',
  },
  openid_expired: {
    title: '로그인 시간이 지났습니다.',
    detail:
      '시간이 너무 오래 걸렸거나, 이미 쓰였거나, 다른 브라우저에서 시작한 로그인입니다. 다시 시작하세요.',
  },
  openid_unavailable: {
    title: '인증 서버에 연결할 수 없습니다.',
    detail:
      'PVE에서 로그인할 주소를 주지 않았습니다. 다시 시도해도 같으면 PVE 관리자에게 알리세요.',
  },
  challenge_expired: {
    title: '시간이 너무 오래 걸렸습니다.',
    detail: '2단계 인증 시간이 지났거나 시도 횟수를 넘었습니다. 다시 로그인하세요.',
  },
}
