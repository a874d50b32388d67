/** What no source of ours may hold, whatever a test of its behaviour says; each rule with a line that it has to catch. */

export interface SourceRule {
  readonly what: string;
  readonly pattern: RegExp;
  /** Which files it is about. */
  readonly files: RegExp;
  /** Files in which it may stand, with the reason. */
  readonly except?: Readonly<Record<string, string>>;
  readonly caught: string;
}

const SHIPPED = /^(lib|functions|infra|bin)\//;
/** What runs in the cloud. */
const IN_FUNCTIONS = /^(functions|lib\/(api|aws|domain|http|polling|protection|providers|workflow))\//;
const OWN_NETWORK = /^(functions|lib\/(api|aws|cli|console|domain|polling|protection|providers|workflow))\//;

export const SOURCE_RULES: readonly SourceRule[] = [
  {
    what: 'a certificate that is not checked',
    pattern: /rejectUnauthorized(?!: true\b)|NODE_TLS_REJECT|checkServerIdentity|strictSSL|insecureHTTPParser/,
    files: SHIPPED,
    caught: 'tlsConnect({ rejectUnauthorized: false })',
  },
  {
    what: 'a version of TLS that is broken',
    pattern: /secureProtocol|TLSv1(\.1)?'|SSLv/,
    files: SHIPPED,
    caught: "minVersion: 'TLSv1.1'",
  },
  {
    what: 'text that becomes code',
    pattern: /\beval\(|new Function\(|node:vm|shell: true|\b(exec|execSync)\(['"`]/,
    files: SHIPPED,
    caught: "execSync('cdk deploy ' + name)",
  },
  {
    what: 'text of others that becomes a page',
    pattern: /dangerouslySetInnerHTML|innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcDoc|javascript:/i,
    files: SHIPPED,
    caught: '<b dangerouslySetInnerHTML={{ __html: message }} />',
  },
  {
    what: 'chance that can be foretold',
    pattern: /Math\.random/,
    files: SHIPPED,
    except: {
      'lib/aws/dependencies.ts': 'when to read a secret again, and which duration of many to keep',
      'lib/aws/secrets.ts': 'a comment',
      'lib/local/state-stepper.ts': 'how long to wait before the next try',
    },
    caught: 'const nonce = Math.random().toString(36);',
  },
  {
    what: 'a connection that is not made by the one HTTP client',
    pattern: /from 'node:(https?|net|tls|dns|dgram)|from '(undici|axios|got|node-fetch)'/,
    files: OWN_NETWORK,
    caught: "import { request } from 'node:https';",
  },
  {
    what: 'a request whose redirects are followed, and with them its key',
    pattern: /\bfetch\((?!\))(?![^;]*redirect: '(error|manual)')/,
    files: /^lib\/cli\//,
    except: { 'lib/cli/local/demo.ts': 'fills in a form of a simulator, without any key' },
    caught: "await fetch(url, { headers: { 'x-api-key': key } })",
  },
  {
    what: 'a file that is written by a function, and found by the next invocation',
    pattern: /tmpdir|'\/tmp|writeFile|createWriteStream|appendFile|mkdtemp/,
    files: IN_FUNCTIONS,
    caught: "await writeFile('/tmp/output', bytes);",
  },
  {
    what: 'a hash that is broken, or a cipher that does not notice changes',
    pattern: /'(md5|sha1|md4|rc4|des-\S*|aes-\d+-(cbc|ecb|ctr))'/i,
    // The services of the laptop answer with MD5 what AWS answers with MD5.
    files: IN_FUNCTIONS,
    caught: "createHash('md5')",
  },
];

/** The statements of a source that break a rule, each with its beginning, so that it is found. */
export function breaches(file: string, text: string, rules = SOURCE_RULES): readonly string[] {
  const statements = text.split(';');
  return rules
    .filter(({ files, except = {} }) => files.test(file) && !Object.hasOwn(except, file))
    .flatMap(({ what, pattern }) =>
      statements.flatMap((statement) => {
        const found = pattern.exec(statement);
        return found === null ? [] : [`${file} has ${what}: ${statement.slice(found.index, found.index + 80)}`];
      }),
    );
}
