"""What the probe tries, as data: each a shell command that really does the thing.

All run in throw-away namespaces that vanish with their process. Never touches the machine's own
network.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Trial:
    """One thing to try: ``command`` succeeds exactly where the kernel and the tools allow it."""

    name: str
    command: str
    cost: str
    """What is missing without it, as a sentence."""
    remedy: str


KERNEL = "Use a kernel that has {0} (any stock Debian or Ubuntu kernel does)."

TRIALS = (
    Trial(
        "net namespaces",
        "mount -t tmpfs tmpfs /run && ip netns add a && ip -n a link set lo up && ip netns del a",
        "Hosts, devices and applications cannot have networks of their own: simulated only.",
        "Run as root, or allow user namespaces.",
    ),
    Trial(
        "veth",
        "ip link add va type veth peer name vb && ip link set va up",
        "Nothing can be joined to a namespace: simulated only.",
        KERNEL.format("CONFIG_VETH"),
    ),
    Trial(
        "nftables",
        "nft 'table ip t { map m { type ipv4_addr : mark; }; chain c { type filter hook prerouting"
        " priority mangle; ct mark set ip saddr map @m; meta mark set ct mark; }; }'",
        "Packets cannot be steered: simulated only.",
        "Install the package nftables. " + KERNEL.format("CONFIG_NF_TABLES"),
    ),
    Trial(
        "nftables redirect",
        "nft 'table ip n { chain c { type nat hook prerouting priority dstnat; tcp dport 1 redirect"
        "; }; }'",
        "Steered flows cannot reach an application at its own address: simulated only.",
        KERNEL.format("CONFIG_NFT_NAT and CONFIG_NFT_REDIR"),
    ),
    Trial(
        "nftables duplicate",
        "nft 'table ip d { chain c { type filter hook prerouting priority mangle; dup to 127.0.0.2"
        ' device "lo"; }; }\'',
        "Traffic rules with the action DUPLICATE_DECAPSULATED are refused.",
        KERNEL.format("CONFIG_NFT_DUP_IPV4"),
    ),
    Trial(
        "policy routing",
        "ip rule add fwmark 0x101 table 101 && ip route add blackhole default table 101",
        "Steered flows cannot leave the ordinary route: simulated only.",
        KERNEL.format("CONFIG_IP_MULTIPLE_TABLES"),
    ),
    Trial(
        "packet sockets",
        "ip link add pa type veth peer name pb && {python} -c 'import socket;"
        'socket.socket(17, 3, 768).bind(("pa", 3))\'',
        "Without netem too, links cannot be delayed: simulated only.",
        KERNEL.format("CONFIG_PACKET"),
    ),
    Trial(
        "netem",
        "tc qdisc add dev lo root netem delay 1ms",
        "Delays are made by a process of ours, 0.1 to 0.5 ms less steady under load.",
        KERNEL.format("CONFIG_NET_SCH_NETEM"),
    ),
    Trial(
        "tbf",
        "ip link add ta type veth peer name tb && tc qdisc add dev ta root tbf rate 1mbit burst 9k"
        " latency 9ms",
        "The rate of emulated links is not limited.",
        "Install the package iproute2. " + KERNEL.format("CONFIG_NET_SCH_TBF"),
    ),
    Trial(
        "htb",
        "ip link add ha type veth peer name hb && tc qdisc add dev ha root handle 1: htb default 1"
        " && tc class add dev ha parent 1: classid 1:1 htb rate 1mbit quantum 1500",
        "Bandwidth cannot be shared out by class.",
        KERNEL.format("CONFIG_NET_SCH_HTB"),
    ),
    Trial(
        "tun",
        "ip tuntap add dev tu mode tun",
        "User-space tunnels (GTP-U) have no device to the kernel.",
        "Let your user open /dev/net/tun (mode 0666), or run as root.",
    ),
    Trial(
        "vxlan",
        "ip link add vx type vxlan id 1 local 127.0.0.1 remote 127.0.0.2 dstport 4789 nolearning"
        " && ip link set vx up",
        "Packets of a device that moved cannot be sent back to the host that still serves it.",
        KERNEL.format("CONFIG_VXLAN"),
    ),
    Trial(
        "sized folders",
        "truncate -s 1M /run/v && mkfs.ext4 -q -F /run/v && mkdir /run/w && mount -o loop /run/v"
        " /run/w && umount /run/w",
        "An application's storage bounds each of its files, not their sum.",
        "Run as root where loop devices are, and install the package e2fsprogs.",
    ),
    Trial(
        "bubblewrap",
        "bwrap --ro-bind / / --unshare-pid --dev /dev --proc /proc true",
        "Applications are boxed by plain namespaces: they still see the host's read-only files.",
        "Install the package bubblewrap.",
    ),
)
"""Tried in this order in one child; later ones do not depend on earlier ones."""
