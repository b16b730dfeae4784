#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Runs as root in the container: installs the package, uses it as a technician would, removes it. The first thing that
# is not as promised ends it with the journal of the service.
set -uo pipefail
SERVICE=submeter-collector
MOST_EXPOSURE=1.7  # systemd-analyze's figure; the unit says what keeps it from being lower

fail() {
  echo "FAILED: $*"
  systemctl status --no-pager $SERVICE
  journalctl --no-pager -o cat -u $SERVICE -n 40
  exit 1
}
ok() { echo "ok: $*"; }
property() { systemctl show --value --property "$1" $SERVICE; }

# Waits, at most 20 s, until a command succeeds.
await() {
  local what=$1
  shift
  for _ in $(seq 200); do
    "$@" >/dev/null 2>&1 && return
    sleep 0.1
  done
  fail "$what"
}

# Every path the package could leave behind, without what apt, dpkg, accounts and the journal keep.
snapshot() {
  find /etc /usr /var /run -xdev 2>/dev/null | sort | grep -vE \
    -e '^/(var/lib/(dpkg|systemd)|var/cache|var/log/(journal|apt)|run/(systemd|log|udev|dbus|user))(/|$)' \
    -e '^/etc/(passwd|group|shadow|gshadow|\.pwd\.lock|subuid|subgid)'
}

installs_and_idles() {
  dpkg -i /exchange/package.deb || fail "dpkg -i"
  await "the service is not active" systemctl is-active $SERVICE
  [ "$(systemctl is-enabled $SERVICE)" = enabled ] || fail "the service is not enabled"
  [ -n "$(property StatusText)" ] || fail "systemctl status shows no STATUS="
  [ "$(stat -c %U "/proc/$(property MainPID)")" = submeter ] || fail "the service does not run as submeter"
  ok "installs, starts by itself and idles: $(property StatusText)"
}

has_its_files_in_place() {
  id -nG submeter | grep -qw dialout || fail "submeter is not in group dialout"
  [ "$(stat -c '%a %U %G' /etc/submeter/tls)" = "750 root submeter" ] || fail "rights of /etc/submeter/tls"
  [ "$(readlink /var/log/submeter-data.log)" = submeter/data.log ] || fail "link /var/log/submeter-data.log"
  [ -S /run/submeter/status.sock ] || fail "no /run/submeter/status.sock"
  ls /usr/share/submeter/meters/*.yaml /usr/share/submeter/schema/*.json >/dev/null || fail "no maps or schemas"
  dpkg-query --show --showformat '${Conffiles}' submeter-collector | grep -q '^ /etc/submeter/config.yaml ' ||
    fail "config.yaml is no conffile"
  submeter check || fail "the shipped configuration has findings"
  ok "files, owners and rights are as promised"
}

is_little_exposed() {
  local exposure
  exposure=$(systemd-analyze security --no-pager $SERVICE | sed -n 's/.*exposure level.*: \([0-9.]*\) .*/\1/p')
  [ -n "$exposure" ] || fail "systemd-analyze security says nothing"
  awk "BEGIN {exit !($exposure <= $MOST_EXPOSURE)}" || fail "exposure $exposure, at most $MOST_EXPOSURE"
  ok "exposure level $exposure"
}

reads_a_serial_meter_in_its_sandbox() {
  cp /exchange/guest.yaml /etc/submeter/config.yaml
  mkdir -p /run/site /etc/systemd/system/$SERVICE.service.d
  systemd-run --quiet --unit=site submeter simulate --config /exchange/guest.yaml
  await "the simulator is not ready" test -e /run/site/rs485-1
  # A pseudo-terminal, as udev would hand over a serial port: to the group dialout, in the device list.
  chgrp dialout "$(readlink -f /run/site/rs485-1)"
  chmod 660 "$(readlink -f /run/site/rs485-1)"
  printf '[Service]\nDeviceAllow=char-pts rw\n' >/etc/systemd/system/$SERVICE.service.d/pty.conf
  systemctl daemon-reload
  systemctl restart $SERVICE || fail "restart with two meters"
  await "no record of both meters in the store" stored_records_of_both
  await "STATUS= does not name two meters alive" status_names_both
  ok "reads through a serial port: $(property StatusText)"
}

stored_records_of_both() {
  submeter status --json >/tmp/status || [ $? -eq 1 ] || return 1
  [ "$(grep -o '"state": *"alive"' /tmp/status | wc -l)" -eq 2 ] && ! grep -q '"next_seq": *[01][,}]' /tmp/status
}

status_names_both() { [[ $(property StatusText) == 2\ of\ 2\ * ]]; }

knows_the_clock() {
  ! journalctl -o cat -u $SERVICE | grep -i adjtimex || fail "the sandbox refuses adjtimex"
  ok "reads the state of the clock: $(grep -o '"clock": *{[^}]*}' /tmp/status)"
}

reloads_without_a_restart() {
  local pid
  pid=$(property MainPID)
  sed -i 's/interval: 1s/interval: 2s/' /etc/submeter/config.yaml
  systemctl reload $SERVICE || fail "reload"
  sleep 1
  systemctl is-active --quiet $SERVICE && [ "$(property MainPID)" = "$pid" ] || fail "reload ended the service"
  ok "reloads without a restart"
}

stops_with_success() {
  systemctl stop $SERVICE || fail "stop"
  [ "$(property Result)/$(property ExecMainStatus)" = success/0 ] ||
    fail "stop ended with $(property Result)/$(property ExecMainStatus)"
  ls /run/lock/LCK..* 2>/dev/null && fail "a lock file is left"
  ok "stops with success"
}

refuses_a_wrong_configuration_once() {
  echo 'nonsense: 1' >>/etc/submeter/config.yaml
  systemctl start $SERVICE && fail "started with a wrong configuration"
  [ "$(property ExecMainStatus)/$(property NRestarts)" = 78/0 ] ||
    fail "wrong configuration: exit $(property ExecMainStatus), $(property NRestarts) restarts"
  journalctl -o cat -u $SERVICE | grep -q '/etc/submeter/config.yaml:[0-9]*:[0-9]*: ' ||
    fail "the journal does not say where the configuration is wrong"
  ok "refuses a wrong configuration and is not restarted for it"
}

leaves_nothing_behind() {
  systemctl stop site
  rm -rf /run/site /etc/systemd/system/$SERVICE.service.d
  dpkg --remove submeter-collector || fail "dpkg --remove"
  [ -e /etc/submeter/config.yaml ] || fail "remove took the configuration away"
  [ -e /usr/sbin/submeter-collector ] && fail "remove left the daemon"
  dpkg --purge submeter-collector || fail "dpkg --purge"
  systemctl daemon-reload
  snapshot >/tmp/after
  diff /tmp/before /tmp/after || fail "purge left or took what is above"
  ok "remove keeps the configuration, purge leaves nothing"
}

echo "in a container of $(. /etc/os-release && echo "$PRETTY_NAME"), $(systemctl --version | head -n 1)"
touch /tmp/before /tmp/after
snapshot >/tmp/before
installs_and_idles
has_its_files_in_place
is_little_exposed
reads_a_serial_meter_in_its_sandbox
knows_the_clock
reloads_without_a_restart
stops_with_success
refuses_a_wrong_configuration_once
leaves_nothing_behind
