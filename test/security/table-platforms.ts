/** Threats that come from platforms, whose answers nobody vouches for. */
import type { SecurityRow } from './table.ts';

export const PLATFORM_ROWS: readonly SecurityRow[] = [
  {
    id: 'S7',
    threat: 'being led to a host that is not the platform: by addresses, names, links, redirects',
    control:
      'One client calls the one host of a connection, by ids alone; every address is checked after its name was resolved, and that very address is called; no redirect is followed, and no link but of its own host is shown.',
    tests: {
      'test/hostile/ssrf.test.ts': [
        'has more than 120 addresses',
        '%j (%s) is named by the configuration, and makes no connection',
        '%s, which is %j (%s), makes no connection',
        'may change its mind as often as it likes',
        '%j (%s) is shown to nobody',
      ],
      'test/hostile/hostile-platform.test.ts': [
        'of %i with %s is not followed, and the key goes nowhere',
        'is shown to a person only when it leads to the platform itself',
      ],
      'test/http/addresses.test.ts': ['is not reached by a name that changes its mind'],
      'test/security/own-keys-on-the-way.test.ts': ['follows no redirect of the API with its key'],
      'test/security/source.test.ts': ['breaks none of the rules about certificates, chance'],
    },
  },
  {
    id: 'S8',
    threat: 'reaching what only a function can: its own runtime, its role, its network',
    control:
      'Loopback, link-local and metadata addresses are refused under any name; `https` only; each role allows what its function does.',
    open: 'The inside of Lambda itself was not probed; a customer’s VPC with a list of hosts is theirs to add.',
    tests: {
      'test/http/addresses.test.ts': [
        'is refused as a base URL: %s',
        'is not called when a name leads to it',
        'is not called under another name, so nothing on this machine can be reached by DNS',
      ],
      'test/infra/errand-stack.test.ts': ['can be looked at but not deployed'],
      'test/security/template.test.ts': ['tells a function no secret'],
    },
  },
  {
    id: 'S9',
    threat: 'an id that changes the path or the query',
    control:
      'A path is made of segments, each encoded once, and none that climbs; the built path must keep its prefix; keys travel in headers, never in a query.',
    tests: {
      'test/http/url.test.ts': [
        'that cannot be one is refused',
        'stays one segment whatever it contains',
        'never leaves the base, whatever text it is',
        'carries any value and cannot be broken out of',
      ],
      'test/hostile/hostile-platform.test.ts': ['reaches the wire as one segment or not at all'],
      'test/contracts/provider/start.ts': ['says who it is in the documented header of every request'],
    },
  },
  {
    id: 'S10',
    threat: 'a value that adds a header, or is quoted by the error about it',
    control: 'Header values are checked before anything is sent, and refused by rule, not by value.',
    tests: {
      'test/http/headers.test.ts': [
        'is refused by rule, not by value',
        'never leaves, whoever made the header',
        'is refused under the name of its header',
      ],
      'test/http/printed-errors.test.ts': ['an error'],
    },
  },
  {
    id: 'S11',
    threat: 'a value that becomes markup in the XML that we send',
    control: 'Our own writer takes names that are XML names, escapes all text, and refuses what XML cannot say.',
    tests: {
      'test/http/xml.test.ts': [
        'refuses a name that is none and does not repeat it',
        'refuses a character that XML has no way to write',
        'says the same text when it is read back, whatever the text is',
      ],
    },
  },
  {
    id: 'S12',
    threat: 'entities, bombs and broken documents in the XML that we read',
    control:
      'saxes, strict, behind a limit of bytes, depth and nodes; a document with a DOCTYPE is refused, no entity is fetched, no value is turned into another type.',
    tests: {
      'test/hostile/xml.test.ts': ['is refused without being quoted', 'costs little time and memory, and calls nobody'],
      'test/http/xml.test.ts': [
        'is refused with the place and the rule, without its words',
        'is read as it is: no value is turned into something else',
      ],
      'test/security/dependencies.test.ts': ['would be refused with %s'],
    },
  },
  {
    id: 'S13',
    threat: 'a key of JSON that reaches a prototype',
    control:
      'Keys that reach a prototype are dropped where JSON is read, schemas make fresh objects, and nothing is merged deeply.',
    differs:
      'Functions do not run with `--disable-proto=delete`: what is dropped at the door needs no second lock, and libraries of others still use it.',
    tests: {
      'test/hostile/prototypes.test.ts': ['in a body of the API', 'in a reply of any platform'],
      'test/http/json.test.ts': ['is dropped: %s', 'is the only thing that is dropped'],
      'test/security/mass-assignment.test.ts': ['is refused by $operationId'],
      'test/api/start.test.ts': ['sets nothing that only we may set'],
      'test/domain/parameters.test.ts': ['refuses names it does not know, those of the prototype included'],
    },
  },
  {
    id: 'S14',
    threat: 'a secret in a log, a history, an event, an error',
    control:
      'Secrets never enter a state; logs take words from a list of fields; errors leave as codes; what a platform says is searched for every secret and sensitive value of the call before it is kept.',
    tests: {
      'test/leaks/leak-hunt.test.ts': [
        'plays at least forty placements in all eight spellings',
        'a leak that is planted in each of eight spellings is found in',
        'no key, token or sensitive value, in whatever spelling, is in',
      ],
      'test/system/canary.test.ts': [
        'leaves no key, token or sensitive parameter',
        'finds a planted leak in every spelling',
      ],
      'test/aws/telemetry.test.ts': ['lets out only fields it knows'],
      'test/aws/middleware.test.ts': ['lets out neither the message of a foreign error nor any cause'],
      'test/infra/run-workflow.test.ts': ['logs everything but payloads'],
      'test/http/printed-errors.test.ts': ['an error'],
    },
  },
  {
    id: 'S17',
    threat: 'believing a platform: its certificate, its words, its markup',
    control:
      'TLS 1.2 or newer with certificates checked, whatever the environment says; replies are read by schemas and limits; words are tidied before they are kept, and are never markup, path, pattern or format.',
    differs: 'A private authority for each connection is not configurable yet.',
    tests: {
      'test/http/not-sent.test.ts': [
        'gets no byte of the request when its certificate $title',
        'is not spoken to in a version of TLS that is broken',
        'is not believed because the environment says so',
      ],
      'test/security/source.test.ts': [
        'breaks none of the rules about certificates, chance',
        'would be found with $what',
      ],
      'test/security/log-lines.test.ts': [
        'stays words in the record, the timeline and the log',
        'is no field of a log line that holds more than a word',
        'is one JSON object on one line',
      ],
      'test/hostile/broken-documents.test.ts': ['that is broken says nothing'],
      'test/wire-faults/wire-faults.test.ts': ['$name: $does'],
    },
  },
  {
    id: 'S23',
    threat: 'one caller finds in a warm function what another left there',
    control:
      'Nothing of a run outlives its invocation: clients and sessions are kept by flow, connection and version of the secret, modules keep nothing, and no function writes a file.',
    tests: {
      'test/security/residue.test.ts': [
        'shows whoever comes next nothing of who was there before',
        'mixes nothing up of many at once',
      ],
      'test/security/source.test.ts': ['is in what its composition root built'],
      'test/aws/connections.test.ts': ['make a new client with each version of the secret'],
      'test/http/auth.test.ts': ['outlives the client in a shared cache, for the same host and credentials only'],
    },
  },
];
