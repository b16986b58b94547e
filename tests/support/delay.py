#!/usr/bin/env python3
"""A long way: two network namespaces and, between them, a wire that takes its time.

  delay.py MS        the round trip; prints NEAR_PID FAR_PID when it is there, then carries packets

`nsenter -t PID -n -p COMMAND` runs something at one of its ends, which have the addresses 10.99.0.1 (near)
and 10.99.0.2 (far) and the kernel's usual settings of TCP, whatever this machine's are. Needs root.

netem, where the kernel has it, delays what passes a pair of veth; else this process carries the packets
between a tun device at each end. Nothing is left behind, however this ends: the namespaces have no names,
and the first of all processes at the two ends dies with this one, which takes the others along. That is
needed: who has lost his peer without a last word waits for it for hours.
"""
import collections, ctypes, fcntl, os, select, signal, struct, subprocess, sys, time

ADDRESSES = ("10.99.0.1", "10.99.0.2")
MTU, QUEUE_BYTES, QUEUE_PACKETS, BURST = 9000, 64 << 20, 20000, 64
CLONE_NEWNET, CLONE_NEWPID, PR_SET_PDEATHSIG = 0x40000000, 0x20000000, 1
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000
# The kernel's own defaults. Nothing is to be remembered of one connection for the next, or the order of
# the measurements would matter.
SETTINGS = {"tcp_rmem": "4096 131072 6291456", "tcp_wmem": "4096 16384 4194304", "tcp_no_metrics_save": "1",
            "tcp_congestion_control": os.environ.get("CONGESTION", "cubic")}
libc = ctypes.CDLL(None, use_errno=True)


def must(result, what):
    if result != 0:
        raise OSError(ctypes.get_errno(), what)


def set_up(name, value):
    try:
        with open(f"/proc/sys/net/ipv4/{name}", "w") as f:
            f.write(value)
    except PermissionError:  # a congestion control that this machine does not let everybody have
        pass


def namespace():
    """A child that does nothing but be in a network namespace of its own."""
    ready, told = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(ready)
        must(libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL), "prctl")
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        must(libc.unshare(CLONE_NEWNET), "unshare")
        for name, value in SETTINGS.items():
            set_up(name, value)
        os.write(told, b"1")  # fails if the parent is gone, and was before there was a signal to come
        os.close(told)
        while True:
            signal.pause()
    os.close(told)
    if os.read(ready, 1) != b"1":
        sys.exit(1)
    os.close(ready)
    return pid


def run(*words, check=True):
    return subprocess.run(words, check=check, stderr=None if check else subprocess.DEVNULL).returncode == 0


def inside(pid, *words, check=True):
    return run("nsenter", "-t", str(pid), "-n", *words, check=check)


def device_up(pid, number):
    inside(pid, "ip", "link", "set", "lo", "up")
    inside(pid, "ip", "link", "set", "way", "mtu", str(MTU), "txqueuelen", str(QUEUE_PACKETS), "up")
    inside(pid, "ip", "address", "add", ADDRESSES[number], "peer", ADDRESSES[1 - number], "dev", "way")


def kernel_wire(pids, one_way):
    """True: the kernel does it all."""
    veth = ("ip", "link", "add", "way", "type", "veth", "peer", "name", "way", "netns", str(pids[1]))
    if not inside(pids[0], *veth, check=False):
        return False
    for pid in pids:
        delay = ("tc", "qdisc", "add", "dev", "way", "root", "netem", "limit", str(QUEUE_PACKETS), "delay")
        if not inside(pid, *delay, f"{one_way * 1000:.0f}us", check=False):
            inside(pids[0], "ip", "link", "delete", "way")
            return False
    return True


def tun(pid):
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    name = f"way{os.getpid()}"
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    run("ip", "link", "set", name, "netns", str(pid), "name", "way")
    return fd


class Direction:
    """From one device to the other: packets leave in the order they came, each when its time has come."""

    def __init__(self, source, sink, seconds):
        self.source, self.sink, self.seconds = source, sink, seconds
        self.queue, self.bytes = collections.deque(), 0

    def take(self):
        for _ in range(BURST):
            try:
                packet = os.read(self.source, MTU + 100)
            except BlockingIOError:
                return
            if self.bytes + len(packet) <= QUEUE_BYTES:
                self.queue.append((time.monotonic() + self.seconds, packet))
                self.bytes += len(packet)

    def give(self, now):
        queue = self.queue
        while queue and queue[0][0] <= now:
            packet = queue.popleft()[1]
            self.bytes -= len(packet)
            os.write(self.sink, packet)

    def wait(self, now):
        return max(0, self.queue[0][0] - now) if self.queue else None


def carry(fds, seconds):
    ways = Direction(fds[0], fds[1], seconds), Direction(fds[1], fds[0], seconds)
    while True:
        now = time.monotonic()
        waits = [w for w in (way.wait(now) for way in ways) if w is not None]
        ready = select.select(fds, (), (), min(waits) if waits else None)[0]
        for way in ways:
            if way.source in ready:
                way.take()
            way.give(time.monotonic())


def main():
    one_way = float(sys.argv[1]) / 2  # ms
    must(libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM), "prctl")
    with open("/proc/self/ns/pid") as own:
        must(libc.unshare(CLONE_NEWPID), "unshare")  # the first child is the first process there
        pids = [namespace(), namespace()]
        must(libc.setns(own.fileno(), CLONE_NEWPID), "setns")
    fds = None
    if not kernel_wire(pids, one_way):
        fds = [tun(pid) for pid in pids]
    for number, pid in enumerate(pids):
        device_up(pid, number)
    print(*pids, flush=True)
    if fds:
        carry(fds, one_way / 1000)
    while True:
        signal.pause()


if __name__ == "__main__":
    try:
        main()
    except (OSError, subprocess.CalledProcessError) as e:
        sys.exit(f"delay.py: {e}")
