import test from 'ava';
import { proxyFor } from '#src/http/proxy.js';

const PROXY = 'http://proxy:3128';
const chosen = (url: string, environment: Readonly<Record<string, string>>) =>
  proxyFor(new URL(url), environment)?.url.href;

test('without a setting there is no proxy', (t) => {
  t.is(chosen('http://h/', {}), undefined);
});

test('each scheme has its own proxy, and one for all the rest', (t) => {
  t.is(chosen('http://h/', { HTTP_PROXY: PROXY }), `${PROXY}/`);
  t.is(chosen('https://h/', { HTTP_PROXY: PROXY }), undefined);
  t.is(chosen('https://h/', { HTTPS_PROXY: PROXY }), `${PROXY}/`);
  t.is(chosen('http://h/', { HTTPS_PROXY: PROXY }), undefined);
  t.is(chosen('http://h/', { ALL_PROXY: PROXY }), `${PROXY}/`);
  t.is(chosen('https://h/', { ALL_PROXY: PROXY, HTTPS_PROXY: 'http://own' }), 'http://own/');
});

test('names in lower case count too, those in upper case first, and empty is not set', (t) => {
  t.is(chosen('http://h/', { http_proxy: PROXY }), `${PROXY}/`);
  t.is(chosen('http://h/', { http_proxy: PROXY, HTTP_PROXY: 'http://upper' }), 'http://upper/');
  t.is(chosen('http://h/', { HTTP_PROXY: '', all_proxy: PROXY }), `${PROXY}/`);
});

test('HTTP_PROXY does not count for a CGI program, whose caller could set it', (t) => {
  t.is(chosen('http://h/', { HTTP_PROXY: PROXY, REQUEST_METHOD: 'GET' }), undefined);
});

test('a proxy without a scheme is one of HTTP; what is no URL, or no proxy, is as if it were not set', (t) => {
  t.is(chosen('http://h/', { HTTP_PROXY: 'localhost:3128' }), 'http://localhost:3128/');
  t.is(chosen('http://h/', { HTTP_PROXY: '::bad::' }), undefined);
  t.is(chosen('http://h/', { HTTP_PROXY: 'ftp://proxy' }), undefined);
});

test('a proxy that we cannot speak to is an error: nothing goes around it', (t) => {
  const { message } = t.throws(() => chosen('http://h/', { ALL_PROXY: 'socks5h://u:p@proxy' }))!;
  t.is(message, 'http/request failed: proxies of scheme socks5h are not supported');
});

test('user and password become a header', (t) => {
  const proxy = proxyFor(new URL('http://h/'), { HTTP_PROXY: 'http://us%20er:p%40w@proxy' });
  t.is(proxy?.url.href, 'http://proxy/');
  t.is(proxy?.authorization, `Basic ${Buffer.from('us er:p@w').toString('base64')}`);
});

const EXEMPT: Readonly<Record<string, { readonly yes?: readonly string[]; readonly no?: readonly string[] }>> = {
  '*': { yes: ['h', '127.0.0.1', '[::1]'] },
  'x.test': { yes: ['x.test', 'a.x.test', 'X.TEST', 'x.test.'], no: ['ax.test', 'test'] },
  '.x.test': { yes: ['x.test', 'a.x.test'], no: ['ax.test'] },
  'X.TEST': { yes: ['x.test'] },
  ' y , x.test ,': { yes: ['x.test', 'y'], no: ['h'] },
  'x.test:80': { no: ['x.test'] },
  '*.test': { no: ['x.test'] },
  localhost: { yes: ['localhost'], no: ['127.0.0.1'] },
  '127.0.0.1': { yes: ['127.0.0.1'], no: ['127.0.0.2', 'localhost'] },
  '127.0.0.0/8': { yes: ['127.9.9.9'], no: ['128.0.0.1', '[::1]'] },
  '127.0.0.0/33': { no: ['127.0.0.1'] },
  '127.0.0.0/': { no: ['127.0.0.0'] },
  '127.0.0': { no: ['127.0.0.1'] },
  '::1': { yes: ['[::1]'], no: ['127.0.0.1'] },
  'fc00::/7': { yes: ['[fd00::1]'], no: ['[fe80::1]'] },
  '': { no: ['h', '127.0.0.1'] },
};

for (const [list, { yes = [], no = [] }] of Object.entries(EXEMPT)) {
  test(`NO_PROXY ${JSON.stringify(list)} exempts ${yes.join(', ') || 'nothing'}`, (t) => {
    for (const host of yes) t.is(chosen(`http://${host}/`, { HTTP_PROXY: PROXY, NO_PROXY: list }), undefined, host);
    for (const host of no) t.is(chosen(`http://${host}/`, { HTTP_PROXY: PROXY, no_proxy: list }), `${PROXY}/`, host);
  });
}
