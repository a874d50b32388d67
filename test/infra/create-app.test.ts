import { describe, expect, it } from 'vitest';
import { ENV } from '../../lib/contract.ts';
import { resourcesOf, type SynthesisedTemplate, synthesise } from './assembly.ts';

const TOPIC = 'arn:aws:sns:eu-west-1:000000000000:on-call';

function propertiesOf(template: SynthesisedTemplate, type: string) {
  return resourcesOf(template, type).map(([, { Properties }]) => Properties);
}

describe('the context', () => {
  it('sets rates, names, concurrency and who is told of alarms', async () => {
    const template = await synthesise({
      context: {
        stackName: 'Second',
        environment: 'staging',
        // The command line gives text.
        keyRequestsPerSecond: '7',
        apiRequestsPerSecond: 20,
        apiRequestsAtOnce: 30,
        reservedConcurrency: '2',
        alarmTopicArn: TOPIC,
      },
    });
    const functions = propertiesOf(template, 'AWS::Lambda::Function');
    const api = functions.find(({ Description }) => Description === 'Errand: api');
    expect(api.Environment.Variables).toMatchObject({ [ENV.requestsPerSecond]: '7', [ENV.environment]: 'staging' });
    expect(functions.filter(({ ReservedConcurrentExecutions }) => ReservedConcurrentExecutions === 2)).toHaveLength(2);
    const [stage] = propertiesOf(template, 'AWS::ApiGatewayV2::Stage');
    expect(stage.DefaultRouteSettings).toEqual({ ThrottlingBurstLimit: 30, ThrottlingRateLimit: 20 });
    const [alarm] = propertiesOf(template, 'AWS::CloudWatch::Alarm');
    expect(alarm.AlarmActions).toEqual([TOPIC]);
  });

  it('names what has to have a name after the stack, so that two stacks fit into one account', async () => {
    const template = await synthesise({ context: { stackName: 'Second' } });
    const names = [
      propertiesOf(template, 'AWS::StepFunctions::StateMachine')[0].StateMachineName,
      propertiesOf(template, 'AWS::Events::EventBus')[0].Name,
      propertiesOf(template, 'AWS::Scheduler::ScheduleGroup')[0].Name,
    ];
    expect(names).toEqual(['Second-runs', 'Second', 'Second']);
    expect(JSON.stringify(template.Resources)).not.toMatch(/"Errand(-runs)?"/);
  });

  it.each([
    { keyRequestsPerSecond: 'many' },
    { apiRequestsPerSecond: 0 },
    { apiRequestsAtOnce: 1.5 },
    { reservedConcurrency: -1 },
    { alarmTopicArn: 'on-call' },
    { environment: 'Prod' },
    { stackName: 'a'.repeat(61) },
  ])('is refused by name where it makes no sense: %j', async (context) => {
    await expect(synthesise({ context })).rejects.toThrow(`Context "${Object.keys(context)[0]}" is`);
  });
});
