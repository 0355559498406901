import { readFileSync } from 'node:fs'

export const help = `weir replay [options] CAPTURE...   judge the traffic in captures
weir run [options]                 judge the traffic of this host that is routed to a device (Linux)
weir guard --interface NAME        judge the traffic of an interface in use, which goes its way (Linux)
weir sim [options] [SCENARIO...]   real clients through a device, in a namespace that nothing leaves (Linux)
weir doctor                        whether this system can run Weir live, and what was left behind
weir status                        how a weir run, or guard, is
weir bypass COMMAND [options]      what goes on although a rule stops it, of a weir run
weir flows [options]               what was recorded: the latest, or --top host, rule, category or protocol
weir actions [options]             what Weir did, and what people had it do
weir explain RECORD                why a record says what it says
weir stats [options]               how much there was over time
weir export [options]              records in any format
weir compile [options] LIST...     compile lists into a ruleset
weir check [options] [HOST...]     which rule decides about a name, an address or a URL, and why
weir diff [options] OLD NEW        what changes verdict from one ruleset to another
weir lists COMMAND [options]       keep lists up to date
weir policy check FILE             say what a policy asks for, or what is wrong with it
weir fleet init URL                make a fleet's tables in ClickHouse
weir privacy                       every field that may be recorded or reported, its purpose and gate
weir consent COMMAND               who lets what be recorded and reported
weir report [--send]               what Weir says of itself: device, memory, crashes, feedback
weir feedback --type TYPE          what you think of it: smile, frown or idea
weir collect [options]             a collector for tests and small teams
weir enrol URL --code CODE         make a collector know this device

replay: several captures are read as one, the oldest first; - is standard input, alone.
  --rules FILE...     a compiled ruleset; or lists of any syntax, or a .json set of lists;
                      or a policy, without its schedules
  --format FORMAT     table (default), summary, ndjson, ecs, ocsf, eve, csv, zeek-conn, zeek-dns,
                      zeek-ssl (tab-separated) or zeek-conn-json, zeek-dns-json, zeek-ssl-json
  --trust KEY         the ruleset must be signed by this public key (PEM, Ed25519); may be repeated
  --home CIDR         client side where no handshake tells; may be repeated
  --preset NAME       whose memory: server (default), phone (16,384 flows) or tiny (4,096)
  --expect FILE       compare with these NDJSON records; exit 1 when they differ
  --update            write the records into the file of --expect instead
  --stats             figures about the run, on standard error
  --history FILE      keep the records there, for weir flows and the like

run: needs CAP_NET_ADMIN; what is allowed goes to a listener on this host, or nowhere
  --route CIDR        what goes through the device; may be repeated; 0.0.0.0/0 and ::/0 for all
  --rules FILE...     as for replay; a policy has its schedules and follows its files; SIGHUP
                      reads them again
  --device NAME       weir0; --mtu BYTES (1500); --address CIDR, its own, may be repeated
  --hairpin PORT      where a listener of yours takes allowed TCP flows, on the device's addresses;
                      PORT/udp for UDP; /original of the status says whom a client asked for
  --dns MODE          answer to blocked names: nxdomain (default), nodata, null, refused, sinkhole
    --sinkhole ADDR   an IPv4 address, an IPv6 address, or one of each; --dns-ttl SECONDS (60)
    --dns-warned pass|answer  queries for names that are warned about pass (default), so that the page can be asked for
  --page FILE         HTML for blocked pages, with {host}, {category}, {list}, {action}
  --warn-page FILE    HTML for pages that warn, with {link}, by which to go on, too
  --bypass-for TIME   how long that lasts: 10m (default); 0: pages that warn offer no link
  --format FORMAT     table, ndjson or none, as flows end; --records FILE, NDJSON besides; without it: on a terminal
                      flows as they are judged, in place, elsewhere table
  --records-size MIB  begin another file then (128), or with --records-age 1d; --records-keep N older ones (8);
                      --records-sync never, rotate (default) or flush: when it is safe from a loss of power
  --sink URL          where reports go, as far as consent lets them; may be repeated: https://HOST/PATH,
                      clickhouse://USER@HOST/DATABASE, syslog+tls://HOST, otlp+https://HOST/v1/logs
    --sink-token FILE bearer token, or ClickHouse's password; --sink-ca, --sink-cert, --sink-key FILE
    --spool DIR       where they wait; $XDG_STATE_HOME/weir/spool
  --report-every TIME how often memory is reported where --sink or weir enrol sends (5m)
  --pcap FILE         a capture of the packets that are blocked: their headers
    --pcap-payload    and what they carried; --pcap-size MIB, at most (64)
  --preset NAME       as for replay; --max-flows N, flows at once
  --history FILE      the store for weir flows, the user's own otherwise; --no-history; --keep-days N (30)
  --user USER[:GROUP] whom to become when the device is there
  --socket PATH       HTTP for /health, /status, /metrics, /original, /bypasses (root: /run/weir.sock)

guard: as run, with its options but for those of a device of its own, and --user; copies of the traffic are judged,
and what answers them comes to this host's own clients as if the interface had received it
  --interface NAME    not the loopback, and no port of a bridge or bond
  --observe           nothing is answered, and nothing can be; records say what would have been

doctor: 7 when something stands against a live run; --json says the same to programs
  --clean             take away what a killed weir left behind

status: --socket PATH; --json says the same to programs

bypass: --socket PATH
  list                those that are live; --json
  add HOST...         a name or an address goes on, whatever rules say
    --for TIME        so long: 30s, 10m (default), 2h or 1d, 30 days at most
    --below           and names below it
    --client ADDR     for this client only
    --over warn       only where rules warn, not where they block
  revoke HOST...      ends it, flows that live included; --all
sim: SCENARIO is a name of --list, or a file of yours; exit 1 when something is not as expected. Works in a
network namespace of its own: as root, or as anybody who may make user namespaces and open /dev/net/tun
  --list              scenarios that come with it, and which clients are here
  --client NAME       these clients only; may be repeated
  --commands          scenarios may run programs of their own
  --format FORMAT     flows as they are judged: table (default), ndjson or none; --records FILE, NDJSON besides
  --pcap FILE         the packets of a capture through the device instead: are the records those of replay?
    --fast            as fast as it goes; or --speed N, so many times as fast as captured (1)
    --rules FILE..., --trust KEY, --home CIDR   as for replay

compile:
  -o, --output FILE   where the ruleset goes
  for the lists that follow on the command line:
  --category NAME     their category
  --action ACTION     what they ask for: block (default), warn, audit, allow
  --match MATCH       a plain domain means itself (exact, default) or all below it too (suffix)
  --syntax SYNTAX     where the content does not tell: hosts, domains, wildcard, dnsmasq, rpz,
                      adblock, ublock, cidr, indicators, stix or misp
  --important         their rules are before all that are not; --no-important ends it
  --apex              *.name of a wildcard list is name too; --no-apex ends it
  for all lists:
  --force-public-suffix  take rules for all of a public suffix, such as ||co.uk^
  --at TIME           leave out what has expired by then instead of by now
  --sign KEY          sign the ruleset with this private key (PEM, Ed25519)
  --diagnostics       list every line that is no rule, why, and its text

check: without HOST, or with -, one on each line of standard input: a line each of query, verdict, rule,
list:line, category, notes, a tab between them. Ends with 0 whatever the rules say.
  --rules FILE...     as for replay; what is no file is a host; without it, the lists of weir lists
  --format FORMAT     text (default) or ndjson
  --dir DIR           where weir lists keeps its lists

diff: OLD and NEW are a compiled ruleset, a list, a .json set or a policy each, or none; exit 1 when
something changes
  --against FILE...   only what this log asks for: names, a log of dnsmasq or Pi-hole, Weir's records,
                      captures; several stand last on the command line
  --verbose           also what another list decides alike
  --format FORMAT     text (default) or ndjson

lists: in $XDG_DATA_HOME/weir, or --dir DIR; --json says the same to programs
  add SOURCE          register a list: a name of the catalogue, an address, or a path; fetches nothing
    --name NAME       what to call it
    --syntax, --action, --category, --match   as for compile
    --sha256 SUM      its checksum, or the address of a file of checksums
    --minisign KEY    the public key of the signature beside it
  update [NAME...]    fetch what is new; exit 5 when a list failed or is held. Either is a record in changes.ndjson
    --confirm NAME    take the copy that is held; may be repeated
    --interface NAME  the interface to fetch by
  status              what is there
  stats [FILE|NAME...]  what each list has, what others have too, and what it has alone
  remove NAME...      forget lists and their copies
  catalogue           well-known public lists

policy check: reads and compiles its lists; exit 5 when something is wrong
  --at TIME           what is in force then instead of now (2026-03-29T01:30Z)
  --dir DIR           where weir lists keeps its lists
  --json              the same for programs

flows, stats, export: --history FILE (the default is the user's own), --since and --until (2h, 7d, a date),
  --host NAME (*.NAME: all below it), --client ADDRESS, --protocol NAME, --verdict drop or pass
  flows: --top WHAT, --limit N, --format as replay has them, or json; stats: --every 10m, --format ndjson
  export: --format as replay has them, or parquet; --output FILE; --with actions, in their place
actions: --since and --until, --limit N, --format ndjson; of the store, of weir consent and of weir lists,
  or with --history FILE of that store alone

fleet init clickhouse://[USER@]HOST[:PORT][/DATABASE]   makes a fleet's tables and roll-ups where they are missing
  --cluster NAME      of the server's configuration: replicated and distributed tables where it has them
  --days N            how long flows and lookups are kept: 30 at most; --password-file FILE
  --ca, --cert, --key FILE   PEM; --print says what was run

privacy: the inventory, and each gate as it stands; --format json says the same to programs
consent: in $XDG_CONFIG_HOME/weir, or --dir DIR (so for privacy)
  show                each gate, its value and who set it; --json
  set GATE VALUE      as the user, or --as admin; default takes the choice back. Who may open a gate is
                      said by show --json; the other can only make it stricter
  withdraw            the user takes back every consent: nothing is reported, what waits is deleted
  identify NAME=VALUE...  directory identifiers that the administrator gives; none removes them

report: shows what may go to the tenant; --send sends it to where weir enrol was; weir run and guard send it, too
feedback: --comment TEXT, --email ADDRESS (only if you want an answer); waits for weir report --send or a run
collect: into SQLite; takes what weir report and run --sink send
  --listen ADDR:PORT  127.0.0.1:7867; off loopback with --cert FILE and --key FILE (PEM) only
  --client-ca FILE    devices with a certificate of these need no token
  --per-minute N      requests of a device (600); --store FILE, also for what follows
  --clickhouse URL    records into the tables of weir fleet init; devices and keys stay in SQLite;
                      with --clickhouse-password-file, --clickhouse-ca, --clickhouse-cert, --clickhouse-key FILE
  code new --name DEVICE   a code for weir enrol, which works once; --for TIME (1d)
  token new --name DEVICE, token list, token revoke --name DEVICE
enrol: --ca FILE, who signed the collector's certificate (PEM)

exit codes
  0  done
  1  records differ from the expectation; diff: something changes; sim: something is not as expected
  2  wrong command line
  3  a capture is damaged; the records up to the damage were written
  4  a file cannot be read or written, or is no capture
  5  a list, ruleset or policy cannot be used
  6  weir itself failed
  7  the device cannot be set up, or a guard has lost its interface
`

export function version(): string {
  const file = new URL('../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
