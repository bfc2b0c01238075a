import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { Callers } from '../../tools/signed/callers.ts';
import { type Credentials, verifySignature } from '../../tools/signed/signature.ts';
import { listening } from '../listening.ts';

export type Sts = {
  readonly url: string;
  /** The forms that were asked with, if their signature was right. */
  readonly asked: Readonly<Record<string, string>>[];
  /** The sessions as a store knows its callers. */
  readonly callers: Callers;
  /** Ends all sessions, as an administrator may. */
  revoke(): void;
  close(): Promise<void>;
};

type Rules = {
  readonly base: Credentials;
  readonly region: string;
  readonly externalId?: string;
  readonly lifeSeconds?: number;
  /** An answer in the place of a session. */
  readonly instead?: () => { readonly status: number; readonly text: string } | undefined;
};

/** A small STS: it verifies the signature of AssumeRole, and gives a session if the external id is right. */
export async function startSts({ base, region, externalId, lifeSeconds = 3600, instead }: Rules): Promise<Sts> {
  const asked: Record<string, string>[] = [];
  let sessions: Credentials[] = [];
  const answerTo = async (form: Record<string, string>) => {
    const said = instead?.();
    if (said) return said;
    if (form.ExternalId !== externalId)
      return refused('AccessDenied', 'User x is not authorized to perform: sts:AssumeRole');
    const session = newSession();
    sessions.push(session);
    const expiration = new Date(Date.now() + lifeSeconds * 1000).toISOString();
    return { status: 200, text: sessionText(session, expiration) };
  };
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    const { method = '', url = '', headers } = request;
    const form = Object.fromEntries(new URLSearchParams(body.toString()));
    const { status, text } = await verifySignature(
      { method, url, headers, body },
      { credentials: base, region, service: 'sts' },
    ).then(
      () => {
        asked.push(form);
        return answerTo(form);
      },
      (error) => refused(error.code, 'The security token included in the request is invalid.'),
    );
    response.writeHead(status, { 'content-type': 'text/xml' }).end(text);
  });
  const { url, close } = await listening(server);
  const callers: Callers = {
    credentialsOf: () => base,
    nameOf: () => undefined,
    all: () => sessions,
  };
  return {
    ...{ url, asked, callers, close },
    revoke: () => {
      sessions = [];
    },
  };
}

function newSession(): Credentials & { readonly sessionToken: string } {
  const random = () => randomBytes(20).toString('base64');
  return { accessKeyId: `ASIA${randomBytes(8).toString('hex')}`, secretAccessKey: random(), sessionToken: random() };
}

const sessionText = (
  { accessKeyId, secretAccessKey, sessionToken }: ReturnType<typeof newSession>,
  expiration: string,
) =>
  `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleResult>
    <AssumedRoleUser><Arn>arn:aws:sts::123456789012:assumed-role/x/y</Arn></AssumedRoleUser>
    <Credentials>
      <AccessKeyId>${accessKeyId}</AccessKeyId>
      <SecretAccessKey>${secretAccessKey}</SecretAccessKey>
      <SessionToken>${sessionToken}</SessionToken>
      <Expiration>${expiration}</Expiration>
    </Credentials>
  </AssumeRoleResult>
</AssumeRoleResponse>`;

export const refused = (code: string, message: string, status = 403) => ({
  status,
  text: `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`,
});
