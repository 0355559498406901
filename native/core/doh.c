#include "doh.h"

#include <string.h>

/* Only names that serve nothing but DNS: a label must not take other HTTPS with it. A leading dot
 * covers the names below. Sources: the resolvers' own set-up pages. */
static const char resolvers[][32] = {
    "dns.google",
    "8888.google",
    "cloudflare-dns.com",
    ".cloudflare-dns.com",
    "one.one.one.one",
    "1dot1dot1dot1.cloudflare-dns.com",
    "dns.quad9.net",
    ".quad9.net",
    "doh.opendns.com",
    "dns.opendns.com",
    "dns.umbrella.com",
    "doh.umbrella.com",
    "doh.familyshield.opendns.com",
    "dns.nextdns.io",
    ".dns.nextdns.io",
    "doh.cleanbrowsing.org",
    ".dns.adguard.com",
    "dns.adguard.com",
    ".adguard-dns.com",
    "doh.dns.sb",
    "doh.libredns.gr",
    "doh.li",
    "doh.dns.apple.com",
    "doh.xfinity.com",
    "dns.alidns.com",
    "doh.pub",
    "dns.pub",
    "doh.360.cn",
    "dns.twnic.tw",
    "doh.applied-privacy.net",
    "doh.ffmuc.net",
    "dns.digitale-gesellschaft.ch",
    "dns.switch.ch",
    "doh.tiar.app",
    "doh.tiarap.org",
    "jp.tiar.app",
    "doh.powerdns.org",
    "dns.mullvad.net",
    "doh.mullvad.net",
    ".dns.mullvad.net",
    "dns.controld.com",
    "freedns.controld.com",
    "dns0.eu",
    ".dns0.eu",
    "odvr.nic.cz",
    "doh.seby.io",
    "doh-2.seby.io",
    "doh.securedns.eu",
    "doh.crypto.sx",
    "doh.appliedprivacy.net",
    "dnsforge.de",
    "doh.cox.net",
    "public.dns.iij.jp",
    "dns.decloudus.com",
    "family.cloudflare-dns.com",
    "doh.wikimedia-dns.org",
    "wikimedia-dns.org",
};

static size_t length_of(const char text[32]) {
  size_t n = 0;
  while (n < 32 && text[n]) n++;
  return n;
}

bool doh_is_resolver(const name *host) {
  for (size_t i = 0; i < sizeof resolvers / sizeof resolvers[0]; i++) {
    const char *r = resolvers[i];
    size_t len = length_of(r);
    if (host->len < len || (*r != '.' && host->len != len)) continue;
    if (!memcmp(host->text + host->len - len, r, len)) return true;
  }
  return false;
}
