import '@xyflow/react/dist/base.css';
import { Controls, type Edge, type FitViewOptions, type Node, Position, ReactFlow } from '@xyflow/react';
import { useMemo, useState } from 'react';
import type { Machine } from '../../api/types.ts';
import type { PathTaken } from '../../model/path-taken.ts';
import { isCounted, stateName, stateWords, timesWords } from '../../model/state-words.ts';
import styles from './machine-drawing.module.css';
import { type EdgeData, MachineEdgeView } from './machine-edge.tsx';
import { MachineNodeView, type NodeData } from './machine-node.tsx';

interface MachineDrawingProps {
  readonly machine: Machine;
  readonly path: PathTaken;
}

const NODE_TYPES = { state: MachineNodeView };
const EDGE_TYPES = { transition: MachineEdgeView };
const FIT = { padding: 0.06, maxZoom: 1.1 } as const;
/** Nothing can be moved or removed here, as the library would say otherwise. */
const LABELS = {
  'node.a11yDescription.default': 'A state of the machine.',
  'node.a11yDescription.keyboardDisabled': 'A state of the machine.',
} as const;
/** In pixels: there all of it would be too small to be read. */
const NARROW = 600;

/** To be looked at: it can be moved and enlarged, and nothing in it changed. */
export function MachineDrawing({ machine, path }: MachineDrawingProps) {
  const nodes = useMemo(() => nodesOf(machine, path), [machine, path]);
  const edges = useMemo(() => edgesOf(machine, path), [machine, path]);
  const [fit] = useState(() => fitOf(path));
  return (
    <ReactFlow
      className={styles.flow ?? ''}
      aria-label="The state machine; the path in words is below"
      nodes={nodes}
      edges={edges}
      nodeTypes={NODE_TYPES}
      edgeTypes={EDGE_TYPES}
      fitView
      fitViewOptions={fit}
      minZoom={0.2}
      maxZoom={1.6}
      nodesDraggable={false}
      nodesConnectable={false}
      elementsSelectable={false}
      nodesFocusable
      edgesFocusable={false}
      deleteKeyCode={null}
      selectionKeyCode={null}
      zoomOnScroll={false}
      zoomOnDoubleClick={false}
      preventScrolling={false}
      autoPanOnNodeFocus
      ariaLabelConfig={LABELS}
    >
      <Controls showInteractive={false} fitViewOptions={fit} />
    </ReactFlow>
  );
}

/** All of it, or where there is little room the part that the run has been in. */
function fitOf({ states, current }: PathTaken): FitViewOptions {
  const been = [...new Set([...states.keys(), ...(current === undefined ? [] : [current])])];
  const isNarrow = globalThis.innerWidth < NARROW && been.length > 0;
  return isNarrow ? { ...FIT, nodes: been.map((id) => ({ id })) } : FIT;
}

function nodesOf(machine: Machine, path: PathTaken): Node<NodeData>[] {
  const { states, current } = path;
  return machine.states.map(({ id, type, x, y, width, height }) => {
    const count = states.get(id) ?? 0;
    const isCurrent = id === current;
    const isExact = isCounted(id, path);
    const told = stateWords(id) ?? '';
    const passed = count === 0 ? 'not entered' : `entered ${timesWords(count, isExact)}`;
    return {
      id,
      type: 'state',
      position: { x, y },
      width,
      height,
      data: { label: stateName(id), type, count, isExact, isCurrent, told },
      ariaLabel: `${stateName(id)}: ${isCurrent ? 'here now, ' : ''}${passed}. ${told}`,
      sourcePosition: Position.Bottom,
      targetPosition: Position.Top,
    };
  });
}

/** What was taken lies above what was not. */
function edgesOf(machine: Machine, { edges }: PathTaken): Edge<EdgeData>[] {
  return machine.edges.map(({ from, to, kind, label, points }) => {
    // The machine catches beside its ordinary way; the timeline tells only of the latter.
    const isTaken = kind !== 'catch' && edges.has(`${from} ${to}`);
    return {
      id: `${from} ${to} ${kind} ${label ?? ''}`,
      source: from,
      target: to,
      type: 'transition',
      zIndex: isTaken ? 1 : 0,
      focusable: false,
      data: { points, kind, isTaken },
    };
  });
}
