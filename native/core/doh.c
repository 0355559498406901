#include "doh.h"

#include <string.h>

/* Only names that serve nothing but DNS: a label must not take other HTTPS with it. A leading dot
 * covers the names below. Sources: the resolvers' own set-up pages. */
#define NAME(text) \
  { sizeof text - 1, text }
static const struct {
  uint8_t len;
  char text[32]; /* no zero behind the longest */
} resolvers[] = {
    NAME("dns.google"),
    NAME("8888.google"),
    NAME("cloudflare-dns.com"),
    NAME(".cloudflare-dns.com"),
    NAME("one.one.one.one"),
    NAME("1dot1dot1dot1.cloudflare-dns.com"),
    NAME("dns.quad9.net"),
    NAME(".quad9.net"),
    NAME("doh.opendns.com"),
    NAME("dns.opendns.com"),
    NAME("dns.umbrella.com"),
    NAME("doh.umbrella.com"),
    NAME("doh.familyshield.opendns.com"),
    NAME("dns.nextdns.io"),
    NAME(".dns.nextdns.io"),
    NAME("doh.cleanbrowsing.org"),
    NAME(".dns.adguard.com"),
    NAME("dns.adguard.com"),
    NAME(".adguard-dns.com"),
    NAME("doh.dns.sb"),
    NAME("doh.libredns.gr"),
    NAME("doh.li"),
    NAME("doh.dns.apple.com"),
    NAME("doh.xfinity.com"),
    NAME("dns.alidns.com"),
    NAME("doh.pub"),
    NAME("dns.pub"),
    NAME("doh.360.cn"),
    NAME("dns.twnic.tw"),
    NAME("doh.applied-privacy.net"),
    NAME("doh.ffmuc.net"),
    NAME("dns.digitale-gesellschaft.ch"),
    NAME("dns.switch.ch"),
    NAME("doh.tiar.app"),
    NAME("doh.tiarap.org"),
    NAME("jp.tiar.app"),
    NAME("doh.powerdns.org"),
    NAME("dns.mullvad.net"),
    NAME("doh.mullvad.net"),
    NAME(".dns.mullvad.net"),
    NAME("dns.controld.com"),
    NAME("freedns.controld.com"),
    NAME("dns0.eu"),
    NAME(".dns0.eu"),
    NAME("odvr.nic.cz"),
    NAME("doh.seby.io"),
    NAME("doh-2.seby.io"),
    NAME("doh.securedns.eu"),
    NAME("doh.crypto.sx"),
    NAME("doh.appliedprivacy.net"),
    NAME("dnsforge.de"),
    NAME("doh.cox.net"),
    NAME("public.dns.iij.jp"),
    NAME("dns.decloudus.com"),
    NAME("family.cloudflare-dns.com"),
    NAME("doh.wikimedia-dns.org"),
    NAME("wikimedia-dns.org"),
};
#undef NAME

bool doh_is_resolver(const name *host) {
  for (size_t i = 0; i < sizeof resolvers / sizeof resolvers[0]; i++) {
    const char *r = resolvers[i].text;
    size_t len = resolvers[i].len;
    if (host->len < len || (*r != '.' && host->len != len)) continue;
    if (!memcmp(host->text + host->len - len, r, len)) return true;
  }
  return false;
}
