# A line between two interfaces of this namespace that takes its time, each way.
# python3 delay.py MILLISECONDS ONE OTHER
import heapq, select, socket, sys, time

ETH_P_ALL, SOL_PACKET, PACKET_VNET_HDR, PACKET_OUTGOING = 3, 263, 15, 4
wait = float(sys.argv[1]) / 1000


def end(name):
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    # Checksums and segments that are left to the device stay left to the other.
    s.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    s.bind((name, ETH_P_ALL))
    return s


one, other = end(sys.argv[2]), end(sys.argv[3])
across, queue, number = {one: other, other: one}, [], 0
print('delaying', flush=True)
while True:
    left = queue[0][0] - time.monotonic() if queue else None
    readable, _, _ = select.select([one, other], [], [], left if left is None else max(left, 0))
    for s in readable:
        frame, where = s.recvfrom(1 << 17)
        if where[2] != PACKET_OUTGOING:
            number += 1
            heapq.heappush(queue, (time.monotonic() + wait, number, across[s], frame))
    while queue and queue[0][0] <= time.monotonic():
        _, _, to, frame = heapq.heappop(queue)
        to.send(frame)
