/** Threats to what is deployed, and to what it is made of. */
import type { SecurityRow } from './table.ts';

export const CLOUD_ROWS: readonly SecurityRow[] = [
  {
    id: 'S18',
    threat: 'something is configured wrong, or open and forgotten',
    control:
      'All of it is one stack, checked by the rules of CloudFormation and cdk-nag; six exceptions, each with its reason; one way in, and a list of what each call needs.',
    differs:
      'There is no custom domain, so the address of API Gateway is the one there is; a firewall in front of it is the account’s to add.',
    tests: {
      'test/infra/acknowledgements.test.ts': [
        'find nothing but what is acknowledged',
        'stop the synthesis for a resource that breaks them',
        'are acknowledged in exactly these places',
      ],
      'test/security/template.test.ts': ['is one: an HTTP API with one route', 'lets no page of another origin in'],
      'test/security/doors.test.ts': ['each need what this list says, and only two need no key'],
      'test/infra/errand-stack.test.ts': ['logs an allow-listed format and limits the rate'],
    },
  },
  {
    id: 'S19',
    threat: 'a service of AWS is made to act for somebody else; a message or event is forged',
    control:
      'Queues, bus and buckets allow nobody by their own policy; roles that services take are for this account, permissions to call for one source; events are signed.',
    differs:
      'A queue is bound to no tenant: who may send to it may start every flow, so its senders are the account’s own.',
    open: 'That AWS refuses another principal was not tried; the policies say so.',
    tests: {
      'test/security/template.test.ts': [
        'acts for our own things only',
        'takes on a role for this account only',
        'is allowed nothing for everybody',
      ],
      'test/infra/queues.test.ts': ['refuses whoever does not use TLS, and allows nobody by its own policy'],
      'test/infra/schedules.test.ts': ['send under a role that no schedule of another account or group can take'],
      'test/infra/events-out.test.ts': [
        'works under a role that nobody else can have taken',
        'is our own, and nobody outside the account may use it',
      ],
      'test/domain/event-signature.test.ts': ['is refused when %s', 'is refused with another key'],
    },
  },
  {
    id: 'S20',
    threat: 'a function may do more than it does',
    control:
      'Each function has a role with statements written by hand: actions by name, resources by address, items by partition key; the list is checked in.',
    tests: {
      'test/infra/iam.test.ts': [
        'are exactly the checked-in list',
        'never include what nobody needs',
        'come from our own policies alone',
        'reach the secrets that the configuration names, and no other',
      ],
    },
  },
  {
    id: 'S21',
    threat: 'what rests or travels can be read by whoever gets at it',
    control:
      'TLS only, encryption of the service for everything, and sensitive input sealed once more by us under a key derived from the root, bound to the id of its run.',
    differs:
      'No key of the customer’s own in KMS: each costs a dollar a month and a request; what is sensitive is sealed before AWS has it, with the run’s id in the place of an encryption context.',
    tests: {
      'test/security/template.test.ts': [
        'is refused without TLS by every bucket and queue',
        'is encrypted wherever it is kept',
      ],
      'test/infra/errand-stack.test.ts': ['refuse whoever does not use TLS', 'are random and of enough length'],
      'test/aws/input-vault.test.ts': [
        'opens nothing that was sealed for another run',
        'opens nothing under another root key',
      ],
    },
  },
  {
    id: 'S22',
    threat: 'a package that we depend on is bad',
    control:
      'Few packages, each of one version with a checksum of SHA-512; none runs a program when installed; licences, and the packages a function ships, are lists.',
    differs: 'The list of packages is the one of what is imported, in place of a bill of materials as a file.',
    open: '`npm audit` needs the network, so it is not a part of the tests; the holes that are checked are those of a list.',
    tests: {
      'test/security/dependencies.test.ts': [
        'is pinned, vouched for by a checksum',
        'would be refused with %s',
        'is what is installed here',
        'stays few',
      ],
      'test/aws/dependencies.test.ts': ['holds exactly the clients it calls'],
    },
  },
];
