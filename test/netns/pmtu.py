"""Sockets that never let their packets be cut: a listener, and clients of it."""

import errno
import selectors
import socket
import sys
import time

OWN = {4: "198.18.0.1", 6: "fd77:6569:7200::1"}
FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}
# IP_MTU_DISCOVER and IP_MTU; IPV6_MTU_DISCOVER and IPV6_MTU: ip(7), ipv6(7).
DISCOVER = {4: (socket.IPPROTO_IP, 10), 6: (socket.IPPROTO_IPV6, 23)}
PATH = {4: (socket.IPPROTO_IP, 14), 6: (socket.IPPROTO_IPV6, 24)}
DO = 2
HALF = 1 << 20


def udp(version):
    s = socket.socket(FAMILY[version], socket.SOCK_DGRAM)
    s.setsockopt(*DISCOVER[version], DO)
    return s


def send(do):
    try:
        do()
        return "sent"
    except OSError as error:
        return errno.errorcode[error.errno]


def read(s, count):
    while count:
        count -= len(s.recv(min(count, 1 << 16))) or sys.exit("it ended")


def echo(s):
    """A datagram says how long its answer is to be."""
    data, client = s.recvfrom(1 << 16)
    if send(lambda: s.sendto(b"x" * int(data[:8]), client)) != "sent":
        s.sendto(b"too long", client)


def serve():
    chosen = selectors.DefaultSelector()
    for version, address in OWN.items():
        s = udp(version)
        s.bind((address, 8080))
        chosen.register(s, selectors.EVENT_READ, echo)
        t = socket.socket(FAMILY[version])
        t.bind((address, 8080))
        t.listen()
        chosen.register(t, selectors.EVENT_READ, accept)
    print("listening", flush=True)
    while True:
        for key, _ in chosen.select():
            key.data(key.fileobj)


def accept(listener):
    s, _ = listener.accept()
    for _ in range(2):
        read(s, HALF)
        s.sendall(b"x" * HALF)


def ask(version, to, size, answer):
    s = udp(version)
    s.settimeout(2)
    said = send(lambda: s.sendto(b"%08d" % answer + b"x" * (size - 8), (to, 4000)))
    print(said, len(s.recv(1 << 16)) if said == "sent" else "")


def path(version, to, size):
    """What the second of two packets meets that are as long, and what is known of the path then."""
    s = udp(version)
    s.connect((to, 4000))
    first = send(lambda: s.send(b"x" * size))
    time.sleep(0.5)
    print(first, send(lambda: s.send(b"x" * size)), s.getsockopt(*PATH[version]))


def bulk(version, to):
    """As much each way, twice; in between somebody waits for a line."""
    s = socket.create_connection((to, 4000), timeout=8)
    for _ in range(2):
        s.sendall(b"x" * HALF)
        read(s, HALF)
        print("segment", s.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG), flush=True)
        sys.stdin.readline()


what, *rest = sys.argv[1:]
numbers = [int(word) if word.isdigit() else word for word in rest]
{"serve": serve, "ask": ask, "path": path, "bulk": bulk}[what](*numbers)
