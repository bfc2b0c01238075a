#!/usr/bin/env bash
# Runs Ceph's RADOS Gateway on one monitor and one OSD, in one new directory. There is no systemd, cephx or manager daemon.
#   ceph-rgw.sh DIR PORT memstore|bluestore BYTES
# Uses PORT (the gateway), PORT+2 and +3 (the monitor), PORT+10 to +30 (the OSD). Keys: cephaccess / cephsecretcephsecret.
DIR=$1 PORT=$2 STORE=$3 BYTES=$4
MON=$((PORT + 2))
source "$(dirname "$0")/daemons.sh"
mkdir -p "$DIR"/{mon,osd,rgw}
fsid=$(cat /proc/sys/kernel/random/uuid)
osd_id=$(cat /proc/sys/kernel/random/uuid)
conf=(-c "$DIR/ceph.conf")

cat >"$DIR/ceph.conf" <<CONF
[global]
fsid = $fsid
mon_host = [v2:127.0.0.1:$MON,v1:127.0.0.1:$((MON + 1))]
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
auth_allow_insecure_global_id_reclaim = true
mon_warn_on_insecure_global_id_reclaim_allowed = false
run_dir = $DIR/run
# There is no admin socket, because its path may have at most 107 characters and a temporary directory's name can be long.
admin_socket =
pid_file = $DIR/run/\$name.pid
log_file = $DIR/log/\$name.log
mon_cluster_log_to_file = false
crash_dir = $DIR/run
log_flush_on_exit = false
debug_ms = 0
osd_pool_default_size = 1
osd_pool_default_min_size = 1
mon_allow_pool_size_one = true
mon_warn_on_pool_no_redundancy = false
osd_crush_chooseleaf_type = 0
osd_pool_default_pg_num = 8
osd_pool_default_pgp_num = 8
osd_pool_default_pg_autoscale_mode = off
mon_max_pg_per_osd = 1000
# By default the monitor collects proposals for a second. Then the start takes 18 s instead of one or two.
paxos_propose_interval = 0.02
paxos_min_wait = 0.01
ms_bind_port_min = $((PORT + 10))
ms_bind_port_max = $((PORT + 30))
[mon]
mon_data = $DIR/mon
# A test machine's disk may be nearly full. By default the monitor stops when only 5 % is free.
mon_data_avail_crit = 1
mon_data_avail_warn = 2
[osd]
osd_data = $DIR/osd
osd_objectstore = $STORE
memstore_device_bytes = $BYTES
bluestore_block_size = $BYTES
bluestore_block_db_create = false
bluestore_block_wal_create = false
osd_memory_target = 939524096
osd_max_scrubs = 0
osd_op_num_shards = 2
[client.rgw]
rgw_data = $DIR/rgw
rgw_frontends = beast endpoint=127.0.0.1:$PORT
# By default the gateway wants a "secure" connection to the monitor. A cluster without auth cannot give one, and the
# gateway would get EACCES for ever.
ms_mon_client_mode = crc
rgw_dns_name = s3.localhost
rgw_thread_pool_size = 64
rgw_enable_usage_log = false
rgw_enable_ops_log = false
rgw_enable_quota_threads = false
rgw_gc_obj_min_wait = 5
rgw_gc_processor_period = 10
rgw_gc_processor_max_time = 10
CONF

osd_is_up() { ceph "${conf[@]}" --connect-timeout 3 osd stat | grep -q '1 up'; }

monmaptool --create --fsid "$fsid" --addv a "[v2:127.0.0.1:$MON,v1:127.0.0.1:$((MON + 1))]" "$DIR/monmap"
ceph-mon "${conf[@]}" -i a --mkfs --monmap "$DIR/monmap"
spawn mon ceph-mon "${conf[@]}" -i a -f
await 3000 'The monitor' ceph "${conf[@]}" --connect-timeout 3 mon stat
ceph "${conf[@]}" osd new "$osd_id"
ceph-osd "${conf[@]}" -i 0 --mkfs --osd-uuid "$osd_id"
spawn osd ceph-osd "${conf[@]}" -i 0 -f
await 3000 'The OSD' osd_is_up
# We create the user before we start the gateway. Otherwise both would create the pools at the same time.
radosgw-admin "${conf[@]}" -n client.rgw user create --uid=tester --display-name=tester \
  --access-key=cephaccess --secret=cephsecretcephsecret
spawn rgw radosgw "${conf[@]}" -n client.rgw -f
serve_until_the_run_ends
