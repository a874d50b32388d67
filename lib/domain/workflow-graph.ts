/** A state machine as a drawing, from the top down; lengths in pixels, `x` and `y` of upper left corners. */
export interface WorkflowGraph {
  readonly startAt: string;
  readonly states: readonly WorkflowNode[];
  readonly edges: readonly WorkflowEdge[];
}

export interface WorkflowNode {
  readonly id: string;
  /** Step Functions' word: `Task`, `Choice`, `Wait`, `Pass`, `Succeed`, `Fail`. */
  readonly type: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface WorkflowEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: 'next' | 'choice' | 'default' | 'catch';
  /** What a choice looks for, or the errors that are caught. */
  readonly label?: string;
  /** Way that crosses no state, from border to border. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
}
