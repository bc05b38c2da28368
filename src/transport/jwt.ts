import { isUtf8 } from 'node:buffer';
import { createHmac, timingSafeEqual } from 'node:crypto';
import * as v from 'valibot';

const HeaderSchema = v.object({
  alg: v.literal('HS256'),
  typ: v.nullish(v.string()),
  cty: v.nullish(v.string()),
  kid: v.nullish(v.string()),
  // RFC 7515 section 4.1.11: who does not understand what is critical must refuse. 0.169.0 lets it pass.
  crit: v.optional(v.never()),
});

/** Seconds since 1970. JSON.parse rounds integers above 2^53, so that the largest of 64 bits arrives as 2^63. */
const TimeSchema = v.pipe(v.number(), v.integer(), v.minValue(-(2 ** 63)), v.maxValue(2 ** 63));

const ClaimsSchema = v.object({
  exp: TimeSchema,
  nbf: v.nullish(TimeSchema),
  iss: v.nullish(v.string()),
  aud: v.nullish(v.union([v.string(), v.array(v.string())])),
});

/** The claims that decide on access; everything else in a token is ignored. */
export type JwtClaims = v.InferOutput<typeof ClaimsSchema>;

/**
 * The claims of a compact JWT signed with HMAC-SHA-256, or undefined when anything about it is wrong: other algorithms,
 * parts, padding, signature, shape. Times are not compared here.
 */
export function readSignedClaims(token: string, secret: Uint8Array): JwtClaims | undefined {
  const [header, claims, signature, ...rest] = token.split('.');
  if (header === undefined || claims === undefined || signature === undefined || rest.length > 0) return undefined;

  const given = decodeBase64Url(signature);
  const right = createHmac('sha256', secret).update(`${header}.${claims}`).digest();
  if (given?.length !== right.length || !timingSafeEqual(given, right)) return undefined;

  if (!v.is(HeaderSchema, decodeJson(header))) return undefined;
  const parsed = v.safeParse(ClaimsSchema, decodeJson(claims));
  return parsed.success ? parsed.output : undefined;
}

function decodeJson(part: string): unknown {
  const bytes = decodeBase64Url(part);
  if (bytes === undefined || !isUtf8(bytes)) return undefined;
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

/** Without padding and in canonical form only: Node alone would skip what it does not know. */
function decodeBase64Url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}
