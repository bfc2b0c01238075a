# Sourced by ceph-rgw.sh and swift-s3api.sh: starts daemons, waits, and ends them with the test run.
#
# The law: a server lives as long as the pipe on its standard input. The test run holds the other end, so that the kernel
# closes it however the run ends, and there is no polling and no process id to mistake for another's.
set -euo pipefail
exec 3<&0 </dev/null
mkdir -p "$DIR"/{run,log}
trap stop_daemons EXIT
# A terminal's Ctrl-C or a test run's broken pipe must not cut the ending short.
trap '' PIPE HUP INT

# spawn NAME COMMAND…: each daemon leads a process group of its own, so that its workers end with it.
spawn() {
  local name=$1
  shift
  setsid "$@" >"$DIR/log/$name.out" 2>&1 3<&- &
  echo $! >"$DIR/run/$name.spid"
}

# SIGKILL, because nothing is worth keeping: asked politely, a memstore first writes all it holds to the disk.
stop_daemons() {
  local file pid
  for file in "$DIR"/run/*.spid; do
    [ -e "$file" ] || continue
    pid=$(cat "$file")
    # The group and the process: one spawned a moment ago may not lead its group yet.
    kill -KILL -- "-$pid" "$pid" 2>/dev/null || true
  done
  wait
}

# await TIMES WHAT COMMAND…: tries ten times a second at the most, and gives up at once when a daemon has died.
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

# Returns at the end of the test run, and leaves nothing behind. After a failure the directory stays, for its logs.
serve_until_the_run_ends() {
  read -r -u 3 || true
  stop_daemons
  # Swift's workers are not our children to wait for; one may still write a last file during the first attempt.
  rm -rf "$DIR" 2>/dev/null || { sleep 0.2 && rm -rf "$DIR"; }
}
