import { describe, expect, it } from 'vitest';
import { workflowGraph } from '../../infra/workflow-graph.ts';
import { workflowStates } from '../../infra/workflow-states.ts';
import type { WorkflowEdge, WorkflowNode } from '../../lib/domain/workflow-graph.ts';
import { flatten, resourcesOf, synthesise } from './assembly.ts';

const MACHINE = {
  StartAt: 'Ask',
  States: {
    Ask: { Type: 'Task', Next: 'Sort', Catch: [{ ErrorEquals: ['A', 'B'], Next: 'Broken' }] },
    Sort: {
      Type: 'Choice',
      Choices: [
        { Variable: '$.next', StringEquals: 'AGAIN', Next: 'Ask' },
        { Variable: '$.runId', IsPresent: true, Next: 'Done' },
      ],
      Default: 'Broken',
    },
    Broken: { Type: 'Fail' },
    Done: { Type: 'Succeed' },
  },
};

const arrows = (edges: readonly WorkflowEdge[]) =>
  edges.map(({ from, to, kind, label = '' }) => `${from} -${kind}-> ${to} ${label}`.trim());

function overlap(a: WorkflowNode, b: WorkflowNode): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

describe('the drawing of a state machine', () => {
  it('has every state and every way out of it, with what it is taken for', () => {
    const { startAt, states, edges } = workflowGraph(MACHINE);
    expect(startAt).toBe('Ask');
    expect(states.map(({ id, type }) => `${id}: ${type}`)).toEqual([
      'Ask: Task',
      'Sort: Choice',
      'Broken: Fail',
      'Done: Succeed',
    ]);
    expect(arrows(edges)).toEqual([
      'Ask -next-> Sort',
      'Ask -catch-> Broken A, B',
      'Sort -choice-> Ask AGAIN',
      'Sort -choice-> Done runId',
      'Sort -default-> Broken',
    ]);
  });

  it('goes down from the start, and no state covers another', () => {
    const { states } = workflowGraph(MACHINE);
    const top = (id: string) => states.find((state) => state.id === id)?.y ?? Number.NaN;
    expect(top('Ask')).toBeLessThan(top('Sort'));
    expect(top('Sort')).toBeLessThan(top('Done'));
    for (const [index, a] of states.entries())
      for (const b of states.slice(index + 1)) expect(overlap(a, b), `${a.id} ${b.id}`).toBe(false);
  });

  it('is the same each time, or every build would ship another function', () => {
    expect(workflowGraph(MACHINE)).toEqual(workflowGraph(MACHINE));
  });

  it('is of the machine that is deployed', async () => {
    const [[, machine] = []] = resourcesOf(await synthesise(), 'AWS::StepFunctions::StateMachine');
    const deployed = JSON.parse(flatten(machine?.Properties.DefinitionString));
    expect(workflowGraph(workflowStates())).toEqual(workflowGraph(deployed));
  });
});
