#!/usr/bin/env bash
# Runs OpenStack Swift with s3api on one device, in one new directory, without systemd, with tempauth instead of Keystone.
#   swift-s3api.sh DIR PORT
# Uses PORT (the proxy) to PORT+4. Keys: test:tester / testing. The hash seed comes from the package's /etc/swift/swift.conf.
DIR=$1 PORT=$2
# The smallest machine that we test on has two cores. More workers than cores would only take memory.
WORKERS=2
source "$(dirname "$0")/daemons.sh"
mkdir -p "$DIR"/{dev/d1,recon,etc}

# storage_server NAME PORT WORKERS makes a ring with one device and starts the server for it.
storage_server() {
  local name=$1 port=$2 workers=$3
  swift-ring-builder "$DIR/etc/$name.builder" create 4 1 0
  swift-ring-builder "$DIR/etc/$name.builder" add "r1z1-127.0.0.1:$port/d1" 1
  # rebalance exits with 1 as a warning that one device gives no redundancy.
  swift-ring-builder "$DIR/etc/$name.builder" rebalance || [ $? = 1 ]
  cat >"$DIR/$name.conf" <<CONF
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $port
workers = $workers
user = $(id -un)
swift_dir = $DIR/etc
devices = $DIR/dev
mount_check = false
disable_fallocate = true
fallocate_reserve = 0
log_level = WARNING
[pipeline:main]
pipeline = $name-server
[app:$name-server]
use = egg:swift#$name
recon_cache_path = $DIR/recon
CONF
  spawn "$name" "swift-$name-server" "$DIR/$name.conf" -v
}

filters='catch_errors gatekeeper healthcheck cache listing_formats bulk s3api tempauth copy slo dlo versioned_writes symlink'
cat >"$DIR/proxy.conf" <<CONF
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $PORT
workers = $WORKERS
user = $(id -un)
swift_dir = $DIR/etc
log_level = WARNING
[pipeline:main]
pipeline = $filters proxy-server
[app:proxy-server]
use = egg:swift#proxy
cors_allow_origin = https://page.example
account_autocreate = true
allow_account_management = true
recoverable_node_timeout = 30
node_timeout = 60
[filter:s3api]
use = egg:swift#s3api
# It takes no rules of a bucket: this and cors_allow_origin above stand in their place. test/providers/cors.test.ts
cors_preflight_allow_origin = https://page.example
location = us-east-1
storage_domain = s3.localhost
# Both default to 1,000 parts; S3 allows 10,000.
max_upload_part_num = 10000
[filter:slo]
use = egg:swift#slo
max_manifest_segments = 10000
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:$((PORT + 4))
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_versioned_writes = true
CONF
for filter in dlo bulk copy symlink listing_formats gatekeeper catch_errors healthcheck; do
  printf '[filter:%s]\nuse = egg:swift#%s\n' "$filter" "$filter" >>"$DIR/proxy.conf"
done

spawn memcached memcached -l 127.0.0.1 -p "$((PORT + 4))" -U 0 -u "$(id -un)" -m 32
storage_server account "$((PORT + 1))" 1
storage_server container "$((PORT + 2))" 1
storage_server object "$((PORT + 3))" "$WORKERS"
for port in $((PORT + 1)) $((PORT + 2)) $((PORT + 3)) $((PORT + 4)); do
  await 3000 "What should listen on port $port" listens "$port"
done
# We start the proxy last. When it answers, all other servers answer too.
spawn proxy swift-proxy-server "$DIR/proxy.conf" -v
serve_until_the_run_ends
