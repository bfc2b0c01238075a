import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import { Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import {
  Choice,
  Condition,
  DefinitionBody,
  Fail,
  JsonPath,
  LogLevel,
  Map as MapState,
  Pass,
  Result,
  StateMachine,
  Succeed,
  TaskInput,
  Timeout,
  Wait,
  WaitTime,
} from 'aws-cdk-lib/aws-stepfunctions';
import { LambdaInvoke, type LambdaInvokeProps } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import { errorsWithRemedy, passing } from '../functions/transfer/errors.ts';
import { SCHEMA } from '../functions/transfer/schema.ts';
import { callsOf, type FunctionName } from './function-calls.ts';
import { soon, whileLambdaIsOut, whileLambdaIsOutForABatch, whileQueued } from './retries.ts';
import { COPY_TIMEOUT, DECIDE_TIMEOUT, type TransferFunctions } from './transfer-functions.ts';
import { vendedLogGroup } from './vended-log-group.ts';

// The machine puts the caught error here, so that Abort can say why.
const FAILURE = '$.failure';

const execution = { arn: JsonPath.executionId, redriveCount: JsonPath.numberAt('$$.Execution.RedriveCount') };
const transferId = JsonPath.stringAt('$.transferId');
const retryCount = JsonPath.numberAt('$$.State.RetryCount');
const enteredAt = JsonPath.stringAt('$$.State.EnteredTime');
const round = JsonPath.numberAt('$.round');
// Plan puts the batches here. The Map replaces them with the number of tries of each batch.
const BATCHES = '$.batches';

// Lambda's own time-out must come first, because it says what timed out.
const MARGIN = Duration.seconds(30);

/**
 * The machine runs rounds of *Plan* and *Copy the parts* until nothing is missing. If the request asks for reading back,
 * rounds of *Plan* and *Read the parts back* follow until every part was read. The machine does not catch errors that a
 * person must repair: the execution fails in the state where the error happened, and Redrive continues from there.
 */
export class TransferWorkflow extends Construct {
  readonly stateMachine: StateMachine;

  constructor(scope: Construct, id: string, functions: TransferFunctions) {
    super(scope, id);
    const states = this.states(functions);
    this.goOn(states);
    this.answerErrors(states);
    this.stateMachine = this.machine(states.initiate);
    this.grantOwnExecutions(functions);
  }

  private states(functions: TransferFunctions): States {
    const whatCame = { schema: SCHEMA, input: JsonPath.objectAt('$'), execution, retryCount, enteredAt };
    return {
      initiate: this.decide('Initiate', functions.initiate, { payload: whatCame }),
      plan: this.decide('Plan', functions.plan, { payload: { transferId, ...whatCame } }),
      complete: this.decide('Complete', functions.complete, {
        payload: { transferId, ...whatCame },
        notRetried: ['Incomplete'],
      }),
      abort: this.decide('Abort', functions.abort, { payload: whatCame, keepsInput: true }),
      copyWhole: this.copyWhole(functions.copyWhole),
      copyParts: this.eachBatch('Copy the parts', functions.copyBatch, {
        name: 'Copy a batch',
        left: 'Left to the next round',
      }),
      readBack: this.eachBatch('Read the parts back', functions.readBack, {
        name: 'Read a batch back',
        left: 'Left to be read in the next round',
      }),
    };
  }

  /** What follows on what, while nothing fails. */
  private goOn({ initiate, plan, copyWhole, copyParts, readBack, complete }: States): void {
    const wait = this.wait('Wait');
    const next = new Choice(this, 'Anything missing?')
      .when(Condition.stringEquals('$.next', 'complete'), complete)
      .when(Condition.stringEquals('$.next', 'copy-whole'), copyWhole.next(plan))
      .when(Condition.stringEquals('$.next', 'read-back'), readBack.next(plan))
      .when(Condition.stringEquals('$.next', 'wait'), plan)
      .otherwise(copyParts.next(plan));
    plan.next(
      new Choice(this, 'Anything to wait for?')
        .when(Condition.numberGreaterThan('$.waitSeconds', 0), wait.next(next))
        .otherwise(next),
    );
    complete.next(
      new Choice(this, 'Read it back?')
        .when(Condition.stringEquals('$.next', 'plan'), plan)
        .otherwise(new Succeed(this, 'Copied')),
    );
    initiate.next(
      new Choice(this, 'Anything to do?')
        .when(Condition.stringEquals('$.next', 'nothing'), new Succeed(this, 'Nothing to do'))
        .when(Condition.stringEquals('$.next', 'complete'), complete)
        .when(Condition.stringEquals('$.next', 'wait'), this.wait('Wait for the stores').next(initiate))
        .otherwise(plan),
    );
  }

  /** Which state answers which error. What is not named here ends the execution, and waits for a person. */
  private answerErrors({ initiate, plan, copyWhole, complete, abort }: States): void {
    const aborted = abort.next(
      new Fail(this, 'Aborted', { errorPath: `${FAILURE}.Error`, causePath: `${FAILURE}.Cause` }),
    );
    for (const step of [initiate, plan, complete])
      step.addCatch(aborted, { errors: errorsWithRemedy('abort'), resultPath: FAILURE });
    for (const step of [plan, complete])
      step.addCatch(initiate, { errors: errorsWithRemedy('replan'), resultPath: FAILURE });
    // If Partway still copies an older version of an object that arrived, the new version waits for a day. (The API refuses
    // such a request.)
    initiate.addRetry(whileQueued);
    // After a redrive, Initiate itself may find that the source has changed. It limits how often it begins again.
    initiate.addCatch(initiate, { errors: ['SourceRestarted'], resultPath: FAILURE });
    // If another object has appeared at the target, nobody can repair that. Abort removes our upload, and the other object
    // stays.
    for (const step of [plan, complete]) step.addCatch(aborted, { errors: ['TargetExists'], resultPath: FAILURE });
    // These errors pass by themselves, and Plan waits for that.
    complete.addCatch(plan, { errors: ['Incomplete', ...passing], resultPath: JsonPath.DISCARD });
    copyWhole.addCatch(plan, { errors: ['States.ALL'], resultPath: JsonPath.DISCARD });
  }

  /** Makes a state that decides. Its answer is the input of the next state. */
  private decide(
    name: string,
    fn: IFunction,
    { payload, notRetried = [], keepsInput = false }: Decision,
  ): LambdaInvoke {
    const step = new LambdaInvoke(this, name, {
      lambdaFunction: fn,
      payload: TaskInput.fromObject(payload),
      taskTimeout: Timeout.duration(DECIDE_TIMEOUT.plus(MARGIN)),
      retryOnServiceExceptions: false,
      ...(keepsInput ? { resultPath: JsonPath.DISCARD } : { outputPath: '$.Payload' }),
    });
    step.addRetry(whileLambdaIsOut).addRetry(soon(notRetried));
    return step;
  }

  private wait(id: string): Wait {
    return new Wait(this, id, { time: WaitTime.secondsPath('$.waitSeconds') });
  }

  private copyWhole(fn: IFunction): LambdaInvoke {
    const payload = { schema: SCHEMA, transferId, round, retryCount };
    const whole = { resultSelector: { whole: JsonPath.objectAt('$.Payload') }, resultPath: BATCHES };
    const step = this.copying('Copy whole', fn, payload, whole);
    step.addRetry(whileLambdaIsOut).addRetry(soon([]));
    return step;
  }

  /**
   * Makes a Map that runs each batch. It returns only the number of tries of each batch, because the parts are in the
   * checkpoint. If a batch fails, the next round handles its parts.
   */
  private eachBatch(id: string, fn: IFunction, { name, left }: { name: string; left: string }): MapState {
    const payload = { schema: SCHEMA, transferId, round, batch: JsonPath.objectAt('$.batch'), retryCount };
    const batch = this.copying(name, fn, payload, { outputPath: '$.Payload' });
    batch.addRetry(whileLambdaIsOutForABatch).addRetry(soon([]));
    const gaveUp = new Pass(this, left, { result: Result.fromObject({}) });
    return new MapState(this, id, {
      itemsPath: BATCHES,
      itemSelector: { transferId, round, batch: JsonPath.objectAt('$$.Map.Item.Value') },
      maxConcurrencyPath: '$.batchesAtOnce',
      resultPath: BATCHES,
    }).itemProcessor(batch.addCatch(gaveUp, { errors: ['States.ALL'] }));
  }

  private copying(name: string, fn: IFunction, payload: Decision['payload'], answer: Answer): LambdaInvoke {
    return new LambdaInvoke(this, name, {
      lambdaFunction: fn,
      payload: TaskInput.fromObject(payload),
      taskTimeout: Timeout.duration(COPY_TIMEOUT.plus(MARGIN)),
      retryOnServiceExceptions: false,
      ...answer,
    });
  }

  private machine(begin: LambdaInvoke): StateMachine {
    return new StateMachine(this, 'Machine', {
      definitionBody: DefinitionBody.fromChainable(begin),
      timeout: Duration.days(90), // as long as the checkpoint's rows live
      tracingEnabled: true,
      logs: {
        destination: vendedLogGroup(this, 'Log', 'states'),
        level: LogLevel.ALL,
        includeExecutionData: false, // the log needs names and ids only, and no data
      },
    });
  }

  /**
   * Grants these rights in separate policies. In the functions' own roles they would make a circle of dependencies:
   * machine, function, role, machine.
   */
  private grantOwnExecutions(functions: TransferFunctions): void {
    const { stateMachineArn, stateMachineName } = this.stateMachine;
    const executions = Stack.of(this).formatArn({
      service: 'states',
      resource: 'execution',
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      resourceName: `${stateMachineName}:*`,
    });
    for (const fn of functions.all) {
      const calls = callsOf(fn.node.id as FunctionName).executions ?? [];
      const actions = calls.filter((call) => call !== 'StartExecution').map((call) => `states:${call}`);
      const statements = [
        ...(actions.length > 0 ? [new PolicyStatement({ actions, resources: [executions] })] : []),
        ...(calls.includes('StartExecution')
          ? [new PolicyStatement({ actions: ['states:StartExecution'], resources: [stateMachineArn] })]
          : []),
      ];
      if (fn.role && statements.length > 0)
        new Policy(this, `${fn.node.id}-executions`, { statements, roles: [fn.role] });
    }
    functions.api.addEnvironment('PARTWAY_STATE_MACHINE', stateMachineArn);
  }
}

type States = Readonly<Record<'initiate' | 'plan' | 'complete' | 'abort' | 'copyWhole', LambdaInvoke>> &
  Readonly<Record<'copyParts' | 'readBack', MapState>>;
type Answer = Pick<LambdaInvokeProps, 'outputPath' | 'resultPath' | 'resultSelector'>;
type Decision = { payload: Record<string, unknown>; notRetried?: string[]; keepsInput?: boolean };
