import { Graph, layout } from '@dagrejs/dagre';
import type { WorkflowEdge, WorkflowGraph } from '../lib/domain/workflow-graph.ts';

/** What is read of a definition in Amazon States Language. */
export interface StatesDefinition {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, StateDefinition>>;
}

export interface StateDefinition {
  readonly Type: string;
  readonly Next?: string;
  readonly Default?: string;
  readonly Choices?: readonly ChoiceDefinition[];
  readonly Catch?: readonly CatchDefinition[];
}

interface ChoiceDefinition {
  readonly Next: string;
  readonly Variable?: string;
  readonly StringEquals?: string;
}

interface CatchDefinition {
  readonly Next: string;
  readonly ErrorEquals: readonly string[];
}

type Transition = Omit<WorkflowEdge, 'points'>;

const NODE = { width: 120, height: 36 } as const;
const SPACE = { nodesep: 20, edgesep: 16, ranksep: 44, marginx: 12, marginy: 12 } as const;
/** The heavier, the straighter: the way that runs take weighs more than what is there for trouble. */
const WEIGHTS: Readonly<Record<Transition['kind'], number>> = { next: 6, choice: 3, default: 1, catch: 1 };

/** Every state and every transition of the definition, laid out. */
export function workflowGraph({ StartAt, States }: StatesDefinition): WorkflowGraph {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: 'TB', ...SPACE });
  const transitions = Object.entries(States).flatMap(([name, state]) => transitionsOf(name, state));
  for (const name of Object.keys(States)) graph.setNode(name, { ...NODE });
  for (const [index, { from, to, kind }] of transitions.entries()) {
    graph.setEdge(from, to, { weight: WEIGHTS[kind] }, String(index));
  }
  layout(graph);
  return {
    startAt: StartAt,
    states: Object.entries(States).map(([id, { Type }]) => {
      const { x, y, width, height } = graph.node(id);
      return { id, type: Type, x: Math.round(x - width / 2), y: Math.round(y - height / 2), width, height };
    }),
    edges: transitions.map((transition, index) => ({
      ...transition,
      points: pointsOf(graph.edge(transition.from, transition.to, String(index)).points),
    })),
  };
}

function transitionsOf(from: string, { Next, Choices = [], Default, Catch = [] }: StateDefinition): Transition[] {
  return [
    ...(Next === undefined ? [] : [{ from, to: Next, kind: 'next' } as const]),
    ...Choices.map((choice) => ({ from, to: choice.Next, kind: 'choice', ...labelOf(choice) }) as const),
    ...(Default === undefined ? [] : [{ from, to: Default, kind: 'default' } as const]),
    ...Catch.map(({ Next: to, ErrorEquals }) => ({ from, to, kind: 'catch', label: ErrorEquals.join(', ') }) as const),
  ];
}

/** The word it compares with, else the name of what has to be there. */
function labelOf({ StringEquals, Variable }: ChoiceDefinition): Pick<Transition, 'label'> {
  const label = StringEquals ?? Variable?.replace(/^\$\./, '');
  return label === undefined ? {} : { label };
}

function pointsOf(points: readonly { readonly x: number; readonly y: number }[] = []): WorkflowEdge['points'] {
  return points.map(({ x, y }) => ({ x: Math.round(x), y: Math.round(y) }));
}
