# ceph-rgw.sh and swift-s3api.sh source this file. It starts daemons, waits for them, and ends them with the test run.
#
# A server lives as long as the pipe on its standard input. The test run holds the other end, and the kernel closes it when
# the run ends in any way. So nobody has to poll, and no process id can be mistaken for another process's.
set -euo pipefail
exec 3<&0 </dev/null
mkdir -p "$DIR"/{run,log}
trap stop_daemons EXIT
# Neither a terminal's Ctrl-C nor a broken pipe may interrupt the stopping of the daemons.
trap '' PIPE HUP INT

# spawn NAME COMMAND… starts a daemon as the leader of its own process group, so that its workers end with it.
spawn() {
  local name=$1
  shift
  setsid "$@" >"$DIR/log/$name.out" 2>&1 3<&- &
  echo $! >"$DIR/run/$name.spid"
}

# Nothing needs to be kept, so this sends SIGKILL. On SIGTERM a memstore first writes all its objects to the disk.
stop_daemons() {
  local file pid
  for file in "$DIR"/run/*.spid; do
    [ -e "$file" ] || continue
    pid=$(cat "$file")
    # This kills both the group and the process, because a process that has just started may not lead its group yet.
    kill -KILL -- "-$pid" "$pid" 2>/dev/null || true
  done
  wait
}

# await TIMES WHAT COMMAND… repeats COMMAND, at most ten times a second, until it succeeds. It gives up if a daemon died.
await() {
  local times=$1 what=$2 i
  shift 2
  for ((i = 0; i < times; i++)); do
    "$@" >/dev/null 2>&1 && return 0
    all_daemons_live || break
    sleep 0.1
  done
  echo "$what did not come up" >&2
  return 1
}

all_daemons_live() {
  local file
  for file in "$DIR"/run/*.spid; do
    kill -0 "$(cat "$file")" 2>/dev/null || { echo "$file: this daemon has died" >&2 && return 1; }
  done
}

listens() { (exec 4<>"/dev/tcp/127.0.0.1/$1"); }

# Returns at the end of the test run and removes the directory. After a failure the directory stays, with its logs.
serve_until_the_run_ends() {
  read -r -u 3 || true
  stop_daemons
  # Swift's workers are not our children, so we cannot wait for them. One may write a last file during the first attempt.
  rm -rf "$DIR" 2>/dev/null || { sleep 0.2 && rm -rf "$DIR"; }
}
