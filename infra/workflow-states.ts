import { App, Stack } from 'aws-cdk-lib';
import { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { type ChainDefinitionBody, StateGraph } from 'aws-cdk-lib/aws-stepfunctions';
import { FUNCTIONS } from '../lib/contract.ts';
import { type WorkflowFunctions, workflowDefinition } from './constructs/workflow-definition.ts';
import type { StatesDefinition } from './workflow-graph.ts';

/**
 * States and transitions of the machine as the stack defines it, before there is a stack: the drawing of the machine is
 * shipped with a function that the stack is made of. Who the tasks call is left out of it.
 */
export function workflowStates(): StatesDefinition {
  // Not written anywhere, not even at the end of the process, where the `cdk` command makes apps do that.
  const stack = new Stack(new App({ autoSynth: false }), 'Drawing');
  const functions = Object.fromEntries(
    FUNCTIONS.map((name) => [name, LambdaFunction.fromFunctionArn(stack, name, `arn:aws:lambda:::function:${name}`)]),
  );
  const { chainable } = workflowDefinition(stack, functions as WorkflowFunctions) as ChainDefinitionBody;
  return new StateGraph(chainable.startState, 'Drawing').toGraphJson() as StatesDefinition;
}
