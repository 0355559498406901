/* identify.h -- which protocol a flow speaks. */
#ifndef WEIR_IDENTIFY_H
#define WEIR_IDENTIFY_H

#include "look.h"

/* What may speak over TCP, a bit each: engine.tcp_candidates. */
uint64_t identify_tcp_candidates(void);

/* Tries every protocol that is still possible. */
look_outcome identify_stream(look *l, reader *left);
/* identify_datagram.c: the same for UDP, where each datagram stands by itself. */
void identify_datagram(look *l, reader datagram);
/* Goes on with a hello that takes several datagrams; false: the datagram told nothing. */
bool identify_quic(look *l, reader datagram);
bool identify_dtls(look *l, reader datagram);
/* The flow ends without a protocol: its port is all there is. */
void identify_end(look *l);
/* Only TLS may follow: the bits of observer.dead for that. */
uint64_t identify_only_tls(void);

/* Shared by both. */
bool identify_on_dns_port(const look *l);
uint8_t identify_dns_label(const look *l);
sniff_input identify_sniff_input(const look *l, reader bytes);
/* The flow keeps its port's label, if it has one, and is looked at no more. */
void identify_give_up(look *l);

#define IDENTIFY_LOOKS_MAX 10u /* segments or datagrams that told nothing, before giving up */

#endif
