/** What goes into the local queues and what comes out. */

/** As `MessageAttributes` of SQS's wire protocol; bytes are base64. */
export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: string;
}
export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

export interface QueueDefinition {
  readonly name: string;
  readonly visibilityTimeoutSeconds: number;
  readonly retentionSeconds: number;
  /** Where a message goes at the receive that would be one too many. */
  readonly redrive?: { readonly deadLetterQueue: string; readonly maxReceiveCount: number };
}

export interface NewMessage {
  readonly body: string;
  readonly attributes?: MessageAttributes;
  readonly traceHeader?: string;
  readonly delaySeconds?: number;
}

/** What a message is for as long as it exists; kept apart from what happens to it, because it may be large. */
export type Content = Omit<NewMessage, 'delaySeconds'>;

/** What happens to a message. */
export interface Message {
  /** Ours, and the same wherever the message moves. */
  readonly key: string;
  readonly queue: string;
  readonly messageId: string;
  readonly sentAtMs: number;
  readonly bytes: number;
  readonly visibleAtMs: number;
  readonly receives: number;
  readonly firstReceivedAtMs?: number;
  /** Handle of the last receive, and who has it. */
  readonly receipt?: string;
  readonly holder?: string;
  /** The queue it fell out of. */
  readonly deadLetterSource?: string;
}

export interface Delivery extends Content {
  readonly messageId: string;
  readonly receiptHandle: string;
  /** SQS's own attributes: how often received, when sent, by whom. */
  readonly system: Readonly<Record<string, string>>;
}

export interface ReceiveOptions {
  /** @default 1 */
  readonly maxMessages?: number;
  /** Of all the messages together, but at least one is given. @default no limit */
  readonly maxBytes?: number;
  /** @default that of the queue */
  readonly visibilityTimeoutSeconds?: number;
  /** How long to wait for the first message; may be infinite. @default 0 */
  readonly waitMs?: number;
  /** Ends the waiting, with nothing. */
  readonly signal?: AbortSignal;
  /** Named by who can say later that it is gone and its messages are free: see `Queues.release`. */
  readonly holder?: string;
}

export interface QueueState {
  readonly definition: QueueDefinition;
  readonly createdAtMs: number;
  readonly visible: number;
  readonly notVisible: number;
  readonly delayed: number;
}

/** Moving back what fell into a dead-letter queue. */
export interface MoveTask {
  readonly handle: string;
  readonly source: string;
  readonly destination?: string;
  readonly startedAtMs: number;
  readonly moved: number;
  readonly toMove: number;
  readonly failureReason?: string;
}

/** Everything that names a queue throws SQS's `QueueDoesNotExist` where there is none. */
export interface Queues {
  readonly definitions: readonly QueueDefinition[];
  /** Says the ids once all of the messages are kept. */
  send(queue: string, messages: readonly NewMessage[]): Promise<readonly string[]>;
  receive(queue: string, options?: ReceiveOptions): Promise<readonly Delivery[]>;
  /** A handle that is no longer good is no mistake; one that never was throws `ReceiptHandleIsInvalid`. */
  remove(queue: string, receiptHandles: readonly string[]): Promise<void>;
  changeVisibility(queue: string, receiptHandle: string, timeoutSeconds: number): Promise<void>;
  state(queue: string): QueueState;
  purge(queue: string): Promise<void>;
  /** Moves everything that may be received out of a dead-letter queue, by default to where each came from. */
  moveBack(source: string, destination?: string): Promise<MoveTask>;
  /** Newest first. */
  moveTasks(source: string): readonly MoveTask[];
  /** Makes visible again what a reader of that name, who is no more, had received. */
  release(queue: string, holder: string): Promise<void>;
  /** Ends all waiting. */
  close(): Promise<void>;
}
