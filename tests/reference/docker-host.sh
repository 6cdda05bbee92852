# First process of a private machine with a Docker Engine, laid out like the lab's host: an uplink to a router that is
# also the nameserver. With it the kernel ends everything here.
work=$1 script=$2 data=$3 then=$4 resolv_conf=$5 cgroup=$6

mount -t tmpfs -o mode=755 tmpfs /run
mkdir /run/cgroup
mount --rbind /sys/fs/cgroup /run/cgroup
mount -t sysfs sysfs /sys
mount --rbind /run/cgroup /sys/fs/cgroup
# Docker's default folders, so that every path it prints is the usual one.
mount -t tmpfs -o mode=711 tmpfs /var/lib/docker
cp -a "$data"/. /var/lib/docker
mount --bind "$resolv_conf" /etc/resolv.conf

ip link set lo up
sysctl -qw net.ipv4.ip_forward=1
ip netns add router
ip link add eth0 txqueuelen 0 type veth peer name lan0 netns router
ip address add 192.168.1.2/24 brd + dev eth0
ip link set eth0 up
ip -n router link set lo up
ip -n router address add 192.168.1.1/24 brd + dev lan0
ip -n router link set lan0 up
ip route add default via 192.168.1.1
# As an engine that ran here before leaves it; only a first engine does not tell the gateway of its default network.
ip link add docker0 txqueuelen 0 address 02:42:5b:9d:70:4e type bridge
ip address add 172.17.0.1/16 brd + dev docker0

echo '{}' >/run/daemon.json
dockerd --config-file /run/daemon.json --storage-driver overlay2 --cgroup-parent "/$cgroup" >"$work/dockerd.log" 2>&1 &
dockerd=$!
export DOCKER_HOST=unix:///run/docker.sock
until [ -S /run/docker.sock ] && docker version >/dev/null 2>&1; do
  kill -0 $dockerd 2>/dev/null || { cat "$work/dockerd.log"; exit 1; }
  sleep 0.02
done

# Who keeps this machine serves names at the router.
until [ -e "$work/named" ]; do sleep 0.02; done

sh "$script"

if [ "$then" = keep ]; then
  kill $dockerd
  wait $dockerd || true
  rm -rf /var/lib/docker/network /var/lib/docker/containerd
  cp -a /var/lib/docker/. "$data"
fi
