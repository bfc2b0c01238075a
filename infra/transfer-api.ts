import { Duration, Token } from 'aws-cdk-lib';
import {
  CorsHttpMethod,
  HttpApi,
  type HttpApiProps,
  HttpMethod,
  HttpStage,
  type IHttpRouteAuthorizer,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { faultOfOrigin, PREFLIGHT_SECONDS, pageHeaders, pageMethods } from '../functions/api/pages.ts';
import { routes } from '../functions/api/routes.ts';
import { vendedLogGroup } from './vended-log-group.ts';

export interface TransferApiProps {
  readonly handler: IFunction;
  /** Looks at stores for plans, checks and lists of uploads. The other routes touch no store. */
  readonly stores: IFunction;
  /** Signs the writes of clients that push. */
  readonly push: IFunction;
  /** Default: IAM, so that policies decide who may call. */
  readonly authorizer?: IHttpRouteAuthorizer;
  /** The origins of web pages that may call it. Default: none. */
  readonly allowOrigins?: readonly string[];
}

/** The API that people and programs call. Every route checks who is calling. */
export class TransferApi extends Construct {
  readonly api: HttpApi;
  readonly url: string;

  constructor(
    scope: Construct,
    id: string,
    { handler, stores, push, authorizer = new HttpIamAuthorizer(), allowOrigins = [] }: TransferApiProps,
  ) {
    super(scope, id);
    this.api = new HttpApi(this, 'Api', {
      createDefaultStage: false,
      defaultAuthorizer: authorizer,
      ...forPages(allowOrigins),
    });
    const integrations = {
      api: new HttpLambdaIntegration('Handler', handler),
      stores: new HttpLambdaIntegration('Stores', stores),
      push: new HttpLambdaIntegration('Push', push),
    };
    for (const { method, path, by } of Object.values(routes))
      this.api.addRoutes({ path, methods: [HttpMethod[method]], integration: integrations[by] });
    const stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: 50, burstLimit: 100 }, // a CLI polls once a second
      accessLogSettings: { destination: new LogGroupLogDestination(vendedLogGroup(this, 'AccessLog', 'apis')) },
    });
    this.url = stage.url;
  }
}

/** API Gateway answers preflights by itself, without an authorizer: http-api-cors.html in its developer guide. */
function forPages(allowOrigins: readonly string[]): Pick<HttpApiProps, 'corsPreflight'> {
  if (allowOrigins.length === 0) return {};
  for (const origin of allowOrigins) {
    const fault = Token.isUnresolved(origin) ? undefined : faultOfOrigin(origin);
    if (fault !== undefined) throw new Error(`\`allowOrigins\` has "${origin}": ${fault}.`);
  }
  const allowMethods = pageMethods.map((method) => CorsHttpMethod[method]);
  const maxAge = Duration.seconds(PREFLIGHT_SECONDS);
  return { corsPreflight: { allowOrigins: [...allowOrigins], allowMethods, allowHeaders: [...pageHeaders], maxAge } };
}
