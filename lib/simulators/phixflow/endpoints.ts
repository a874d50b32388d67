import type { Json, JsonObject } from '../../domain/json.ts';

/** What an endpoint's author sees of a call. */
export interface PhixflowInput {
  readonly body: string;
  readonly contentType: string;
  /** The full called URL. */
  readonly url: string;
  /** The fields of a JSON body and of the query together. */
  readonly parameters: JsonObject;
}

/** What an endpoint's author sends back. */
export interface PhixflowAnswer {
  /** Default 200. */
  readonly statusCode?: number;
  /** Default JSON; with another type a text is sent as it is. */
  readonly contentType?: string;
  readonly body: Json | Uint8Array;
  /** The logic failed or called `error()`. */
  readonly failed?: boolean;
}

/** One actionflow behind an endpoint; `answer` depends on its input alone. */
export interface PhixflowEndpoint {
  readonly description: string;
  readonly application: string;
  readonly name: string;
  /** Replaces application and name in the URL. */
  readonly alias?: string;
  /** Default `POST`. */
  readonly method?: string;
  readonly mode: 'sync' | 'async';
  /** The endpoint's *Timeout* property. */
  readonly timeoutMs?: number;
  readonly durationMs: number;
  /** "Allow Anonymous Connections". */
  readonly anonymous?: boolean;
  /** The parameter by which the author recognises a repeated call. */
  readonly idempotentOn?: string;
  answer(input: PhixflowInput): PhixflowAnswer;
}

/** Targets of flows for the endpoints that the simulator serves by itself. */
export const PHIXFLOW_TARGETS = {
  /** Answers after one second with the order it has made. */
  createOrder: { application: 'Orders', endpoint: 'Create Order', mode: 'sync', outputName: 'Result' },
  /** Ends after three seconds; its result counts the orders. */
  importOrders: { application: 'Orders', endpoint: 'Import Orders', mode: 'async', outputName: 'Imported' },
  /** Fails at once. */
  rejectOrder: { application: 'Orders', endpoint: 'Reject Order', mode: 'sync' },
  /** Refuses by its own status code. */
  validateOrder: { application: 'Orders', endpoint: 'Validate Order', mode: 'sync' },
  /** Books the lines it can: one record of three fails. */
  bookLines: { application: 'Orders', endpoint: 'Book Lines', mode: 'sync' },
  /** Asynchronous, but done within its timeout. */
  lookUpPrice: { application: 'Orders', endpoint: 'Look Up Price', mode: 'async', outputName: 'Price' },
  /** Reads its input from the query. */
  findOrder: { application: 'Orders', endpoint: 'Find Order', method: 'GET', mode: 'sync', outputName: 'Order' },
  /** Fails after two seconds. */
  closeLedger: { application: 'Finance', endpoint: 'Close Ledger', mode: 'async' },
  /** Needs two minutes, which no synchronous call is given by itself. */
  yearReport: { application: 'Finance', endpoint: 'Year Report', mode: 'sync' },
  /** Answers with a document. */
  printInvoice: { application: 'Finance', endpoint: 'Print Invoice', mode: 'sync' },
} as const;

const LINES: readonly JsonObject[] = [
  { sku: 'A1', quantity: 2 },
  { sku: 'B2', quantity: 0 },
  { sku: 'C3', quantity: 5 },
];

/** A failure touches only the record concerned. */
function bookLines({ parameters }: PhixflowInput): PhixflowAnswer {
  const lines: readonly JsonObject[] = Array.isArray(parameters.lines) ? parameters.lines : LINES;
  const records = lines.map((line): JsonObject => {
    const sku = line.sku ?? null;
    if (Number(line.quantity) > 0) return { sku, status: 'Success' };
    return { sku, status: 'Fail', message: 'the quantity must be positive' };
  });
  return { body: { success: true, records } };
}

const orders = { application: 'Orders', durationMs: 0, mode: 'sync' } as const;
const finance = { ...orders, application: 'Finance' } as const;

/** The endpoints behind `PHIXFLOW_TARGETS`. */
export const PHIXFLOW_ENDPOINTS: readonly PhixflowEndpoint[] = [
  {
    ...orders,
    name: 'Create Order',
    description: 'Makes an order within a second',
    durationMs: 1_000,
    idempotentOn: 'correlation',
    answer: ({ parameters }) => ({
      body: { success: true, outputs: { Result: [{ orderId: '9001', customer: parameters.customer ?? null }] } },
    }),
  },
  {
    ...orders,
    name: 'Import Orders',
    alias: 'import-orders',
    description: 'Imports orders in three seconds',
    mode: 'async',
    durationMs: 3_000,
    answer: ({ parameters }) => ({
      body: { success: true, outputs: { Imported: { orders: 42, region: parameters.region ?? null } } },
    }),
  },
  {
    ...orders,
    name: 'Reject Order',
    description: 'Calls error()',
    answer: () => ({ failed: true, body: { success: false, message: 'The customer is blocked.' } }),
  },
  {
    ...orders,
    name: 'Validate Order',
    description: 'Answers with a status code of its own',
    answer: () => ({ failed: true, statusCode: 422, body: { status: 'Fail', message: 'There is no customer.' } }),
  },
  { ...orders, name: 'Book Lines', description: 'Books lines one by one', durationMs: 500, answer: bookLines },
  {
    ...orders,
    name: 'Look Up Price',
    description: 'Asynchronous, done in a fifth of a second',
    mode: 'async',
    durationMs: 200,
    answer: () => ({ body: { success: true, outputs: { Price: 12.5 } } }),
  },
  {
    ...orders,
    name: 'Find Order',
    description: 'Takes its input from the query',
    method: 'GET',
    answer: ({ parameters }) => ({
      body: { success: true, outputs: { Order: { orderId: parameters.orderId ?? null } } },
    }),
  },
  {
    ...finance,
    name: 'Close Ledger',
    description: 'Fails after two seconds',
    mode: 'async',
    durationMs: 2_000,
    answer: () => ({ failed: true, body: { success: false, message: 'The ledger has open items.' } }),
  },
  {
    ...finance,
    name: 'Year Report',
    description: 'Needs two minutes',
    durationMs: 120_000,
    answer: () => ({ body: { success: true, outputs: { Report: { pages: 310 } } } }),
  },
  {
    ...finance,
    name: 'Print Invoice',
    description: 'Answers with a document',
    answer: () => ({
      contentType: 'application/pdf',
      body: Buffer.concat([Buffer.from('%PDF-1.7\n'), Uint8Array.of(0, 0xff, 0xfe, 0x80), Buffer.from('\n%%EOF\n')]),
    }),
  },
];
