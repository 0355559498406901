/* identify.h -- which protocol a flow speaks. */
#ifndef WEIR_IDENTIFY_H
#define WEIR_IDENTIFY_H

#include "look.h"

/* What may speak over TCP, a bit each: engine.tcp_candidates. */
uint64_t identify_tcp_candidates(void);

/* Tries every protocol that is still possible. */
look_outcome identify_stream(look *l, reader *left);
void identify_datagram(look *l, reader datagram);
/* Goes on with a hello that takes several datagrams; false: the datagram told nothing. */
bool identify_quic(look *l, reader datagram);
bool identify_dtls(look *l, reader datagram);
/* The flow ends without a protocol: its port is all there is. */
void identify_end(look *l);
/* Only TLS may follow: the bits of observer.dead for that. */
uint64_t identify_only_tls(void);

#endif
