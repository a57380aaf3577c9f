/** The Test button of the Resend credential. */
import type { ICredentialTestFunctions, IDataObject, INodeCredentialTestResult } from 'n8n-workflow';
import { fieldText } from '../../fields/fieldText.ts';

/** A key that may only send is refused here as such, and is right: n8n's own kind of test would take it for a wrong one. */
export async function testResend(
  { helpers }: ICredentialTestFunctions,
  { baseUrl, apiKey }: IDataObject,
): Promise<INodeCredentialTestResult> {
  let answer: { statusCode: number; body: unknown };
  try {
    // n8n gives a credential's test no other way to ask.
    answer = (await helpers.request({
      uri: `${fieldText(baseUrl).replace(/\/+$/, '')}/domains`,
      headers: { Authorization: `Bearer ${fieldText(apiKey)}`, 'User-Agent': 'commerce-journeys' },
      json: true,
      simple: false,
      resolveWithFullResponse: true,
    })) as { statusCode: number; body: unknown };
  } catch (error) {
    return { status: 'Error', message: `Resend cannot be reached: ${(error as Error).message}` };
  }
  const { statusCode, body } = answer;
  const { name, message } = (typeof body === 'object' && body !== null ? body : {}) as IDataObject;
  if (statusCode === 200) return { status: 'OK', message: 'Resend knows the key' };
  if (name === 'restricted_api_key') return { status: 'OK', message: 'Resend knows the key; it may only send' };
  return {
    status: 'Error',
    message: `Resend refuses the key (${statusCode}): ${fieldText(message) || 'no reason given'}`,
  };
}
